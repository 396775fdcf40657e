using Xunit.Abstractions;
using Xunit.Sdk;

namespace Palyra.Tests.Interop;

/// <summary>
/// A test against another implementation. It exists only where <c>PALYRA_INTEROP_PYTHON</c> names a Python interpreter that has grpcio, as
/// <c>.ci/steps/interop</c> arranges; there a peer that is missing or broken is a failure, elsewhere there is no such test.
/// </summary>
[XunitTestCaseDiscoverer("Palyra.Tests.Interop.InteropFactDiscoverer", "Palyra.Tests")]
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropFactAttribute : FactAttribute;

/// <summary>Finds interop tests where there is a peer.</summary>
internal sealed class InteropFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        Peer.Interpreter is null ? [] : base.Discover(discoveryOptions, testMethod, factAttribute);
}
