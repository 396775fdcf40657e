using Microsoft.Extensions.DependencyInjection;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Whether the audit trail takes records.</summary>
/// <remarks>It asks the container only when it looks: a host makes its health checks before it validates its options.</remarks>
internal sealed class AuditProbe(IServiceProvider services) : IHealthProbe
{
    public string Name => "audit";

    public HealthFinding Look(UnixTime now) => services.GetRequiredService<HashChainedAuditSink>().Failure is { } failure
        ? new HealthFinding(HealthState.Unhealthy, $"The audit trail is broken: {failure.Message}")
        : new HealthFinding(HealthState.Healthy, "The audit trail takes records.");
}
