using Palyra.Tests.Builders;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>A test on a <see cref="SmallDisk"/>. It exists only where this user may mount one.</summary>
[XunitTestCaseDiscoverer("Palyra.Tests.Adapters.Persistence.SmallDiskFactDiscoverer", "Palyra.Tests")]
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute;

/// <summary>Finds tests on a small disk where there can be one.</summary>
internal sealed class SmallDiskFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        SmallDisk.CanMount ? base.Discover(discoveryOptions, testMethod, factAttribute) : [];
}
