using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Palyra.Tests.Mutation;

/// <summary>The tests of the domain, to be run one after another in this process.</summary>
internal sealed class InProcessTests
{
    private static readonly string[] OfTheDomain = ["Palyra.Tests.Unit.Domain.", "Palyra.Tests.Properties.", "Palyra.Tests.Model.", "Palyra.Tests.Issues.", "Palyra.Tests.Conventions."];

    private readonly OneByOne _options = new();
    private readonly ITestFrameworkExecutor _executor;

    internal InProcessTests()
    {
        var assembly = typeof(InProcessTests).Assembly;
        var framework = new XunitTestFramework(new Sink(_ => true));
        _executor = framework.GetExecutor(assembly.GetName());
        var found = new List<ITestCase>();
        using var complete = new ManualResetEventSlim();
        using var discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        discoverer.Find(false, new Sink(message =>
        {
            if (message is ITestCaseDiscoveryMessage discovered)
            {
                found.Add(discovered.TestCase);
            }
            else if (message is IDiscoveryCompleteMessage)
            {
                complete.Set();
            }

            return true;
        }), _options);
        complete.Wait();
        Cases = found.Where(test => IsOfTheDomain(test) && !IsSlow(test)).ToDictionary(test => test.UniqueID);
    }

    /// <summary>The tests by their ids.</summary>
    internal IReadOnlyDictionary<string, ITestCase> Cases { get; }

    /// <summary>Runs some tests, to the first one that fails.</summary>
    /// <returns>Whether all passed.</returns>
    internal bool Pass(IEnumerable<ITestCase> tests)
    {
        var failed = false;
        using var finished = new ManualResetEventSlim();
        _executor.RunTests(tests, new Sink(message =>
        {
            failed |= message is ITestFailed or IErrorMessage or ITestClassCleanupFailure;
            if (message is ITestAssemblyFinished)
            {
                finished.Set();
            }

            return !failed;
        }), _options);
        finished.Wait();
        return !failed;
    }

    private static bool IsOfTheDomain(ITestCase test) =>
        Array.Exists(OfTheDomain, name => test.TestMethod.TestClass.Class.Name.StartsWith(name, StringComparison.Ordinal));

    private static bool IsSlow(ITestCase test) => test.Traits.TryGetValue("Category", out var categories) && categories.Contains("Slow");

    private sealed class Sink(Func<IMessageSinkMessage, bool> hear) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message) => hear(message);
    }

    private sealed class OneByOne : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal)
        {
            // A theory is one test here: its id does not hang on its data then.
            ["xunit.discovery.PreEnumerateTheories"] = false,
            ["xunit.execution.DisableParallelization"] = true,
            ["xunit.execution.SynchronousMessageReporting"] = true,
        };

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out var value) && value is TValue known ? known : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }
}
