namespace Palyra.Domain.Capabilities;

/// <summary>What can happen to a capability request.</summary>
public enum CapabilityAct
{
    /// <summary>Nothing; the zero value.</summary>
    Unspecified = 0,

    /// <summary>It is handed to the node's stream.</summary>
    Dispatch,

    /// <summary>The node says it waits for its local user.</summary>
    AwaitLocalMediation,

    /// <summary>The node says it has started.</summary>
    Accept,

    /// <summary>The node sends a result.</summary>
    Complete,

    /// <summary>Its deadline has passed.</summary>
    TimeOut,

    /// <summary>It can never be dispatched.</summary>
    Reject,

    /// <summary>The gateway gives up on it: cancelled, stream lost, restarted.</summary>
    Abandon,
}
