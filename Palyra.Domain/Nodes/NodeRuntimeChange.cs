using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Domain.Nodes;

/// <summary>One small, absolute change of the node runtime's state: applying it twice gives what applying it once gives.</summary>
public abstract record NodeRuntimeChange
{
    private NodeRuntimeChange() { }

    /// <summary>A pairing code is active now.</summary>
    public sealed record PutCode(PairingCode Code) : NodeRuntimeChange;

    /// <summary>A pairing code is active no longer.</summary>
    public sealed record RemoveCode(string Code) : NodeRuntimeChange
    {
        /// <summary>Nothing of the code.</summary>
        public override string ToString() => nameof(RemoveCode);
    }

    /// <summary>A pairing request reads so now.</summary>
    public sealed record PutPairingRequest(PairingRequestRecord Request) : NodeRuntimeChange;

    /// <summary>A pairing request is kept no longer.</summary>
    public sealed record RemovePairingRequest(PairingSessionId SessionId) : NodeRuntimeChange;

    /// <summary>A node reads so now.</summary>
    public sealed record PutNode(NodeRecord Node) : NodeRuntimeChange;

    /// <summary>A node is registered no longer.</summary>
    public sealed record RemoveNode(DeviceId DeviceId) : NodeRuntimeChange;

    /// <summary>A capability request reads so now.</summary>
    public sealed record PutCapabilityRequest(CapabilityRequestRecord Request) : NodeRuntimeChange;

    /// <summary>A capability request is kept no longer.</summary>
    public sealed record RemoveCapabilityRequest(CapabilityRequestId Id) : NodeRuntimeChange;
}
