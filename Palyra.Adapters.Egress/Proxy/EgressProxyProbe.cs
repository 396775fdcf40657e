using Microsoft.Extensions.DependencyInjection;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Whether the egress proxy takes connections, and whether the audit trail lets it do its work.</summary>
/// <remarks>It asks the container only when it looks: a host makes its health checks before it validates its options.</remarks>
internal sealed class EgressProxyProbe(IServiceProvider services) : IHealthProbe
{
    public string Name => "egress";

    public HealthFinding Look(UnixTime now) => Look(services.GetRequiredService<EgressProxyServer>());

    private static HealthFinding Look(EgressProxyServer proxy) => !proxy.IsListening ? new HealthFinding(HealthState.Unhealthy, "Does not listen.")
        : proxy.Core.IsAuditBroken ? new HealthFinding(HealthState.Unhealthy, "The audit trail takes no records: nothing is let out.")
        : new HealthFinding(HealthState.Healthy, $"Listens on {proxy.EndPoint}; {proxy.OpenConnections} connections are open.");
}
