namespace Palyra.Domain.Capabilities;

/// <summary>Where a capability request stands. The zero value is no state.</summary>
public enum CapabilityRequestState
{
    /// <summary>No state.</summary>
    Unspecified = 0,

    /// <summary>Waiting for its turn, or for the node to connect.</summary>
    Queued,

    /// <summary>Handed to the node's stream.</summary>
    Dispatched,

    /// <summary>The node waits for its local user.</summary>
    AwaitingLocalMediation,

    /// <summary>The node answered with success. Final.</summary>
    Succeeded,

    /// <summary>The node answered without success, or the gateway gave up on it. Final.</summary>
    Failed,

    /// <summary>Its deadline passed. Final.</summary>
    TimedOut,

    /// <summary>It never left the queue. Final.</summary>
    Rejected,
}
