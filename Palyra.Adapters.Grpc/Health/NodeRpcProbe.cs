using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Health;

/// <summary>Whether the node RPC listens.</summary>
internal sealed class NodeRpcProbe(NodeRpcServer server) : IHealthProbe
{
    public string Name => "node_rpc";

    public HealthFinding Look(UnixTime now) => server.IsListening
        ? new HealthFinding(HealthState.Healthy, $"Listens on {server.EndPoint}; {server.OpenStreamCount} event streams are open.")
        : new HealthFinding(HealthState.Unhealthy, "Does not listen.");
}
