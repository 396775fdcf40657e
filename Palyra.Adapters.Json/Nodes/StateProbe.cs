using Microsoft.Extensions.DependencyInjection;
using Palyra.Domain.Health;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Whether the node runtime's changes become durable.</summary>
/// <remarks>It asks the container only when it looks: a host makes its health checks before it validates its options.</remarks>
internal sealed class StateProbe(IServiceProvider services) : IHealthProbe
{
    public string Name => "state";

    public HealthFinding Look(UnixTime now) => services.GetRequiredService<INodeRuntimeStore>() is not JsonNodeRuntimeStore own
        ? new HealthFinding(HealthState.Healthy, "Kept by the host's own store.")
        : own.Problem() is { } problem
            ? new HealthFinding(HealthState.Unhealthy, problem)
            : new HealthFinding(HealthState.Healthy, "The last change was written, and the folder takes another.");
}
