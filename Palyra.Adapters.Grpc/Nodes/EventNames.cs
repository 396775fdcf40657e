namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>The events of a node's stream that mean something to the gateway, and the reason of a response that answers none.</summary>
internal static class EventNames
{
    internal const string Started = "node.started";
    internal const string Heartbeat = "node.heartbeat";
    internal const string Stopping = "node.stopping";
    internal const string Accepted = "capability.accepted";
    internal const string AwaitingLocalMediation = "capability.awaiting_local_mediation";
    internal const string Result = "capability.result";

    /// <summary>The reason of a response that answers no event but carries a dispatch.</summary>
    internal const string DispatchReason = "dispatch";
}
