using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Health;

/// <summary>Whether the node RPC listens.</summary>
/// <remarks>It asks the container only when it looks: a host makes its health checks before it validates its options.</remarks>
internal sealed class NodeRpcProbe(IServiceProvider services) : IHealthProbe
{
    public string Name => "node_rpc";

    public HealthFinding Look(UnixTime now) => services.GetRequiredService<NodeRpcServer>() is { IsListening: true } server
        ? new HealthFinding(HealthState.Healthy, $"Listens on {server.EndPoint}; {server.OpenStreamCount} event streams are open.")
        : new HealthFinding(HealthState.Unhealthy, "Does not listen.");
}
