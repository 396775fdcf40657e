using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Whether the audit trail takes records.</summary>
internal sealed class AuditProbe(HashChainedAuditSink sink) : IHealthProbe
{
    public string Name => "audit";

    public HealthFinding Look(UnixTime now) => sink.Failure is { } failure
        ? new HealthFinding(HealthState.Unhealthy, $"The audit trail is broken: {failure.Message}")
        : new HealthFinding(HealthState.Healthy, "The audit trail takes records.");
}
