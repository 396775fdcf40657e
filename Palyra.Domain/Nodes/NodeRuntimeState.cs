using System.Diagnostics;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Domain.Nodes;

/// <summary>
/// The four maps of <c>node-runtime.v1.json</c>. Mutable, so that a change costs the change and not the state; whoever holds it brings the lock.
/// </summary>
public sealed class NodeRuntimeState
{
    private readonly Dictionary<string, PairingCode> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<PairingSessionId, PairingRequestRecord> _pairingRequests = [];
    private readonly Dictionary<DeviceId, NodeRecord> _nodes = [];
    private readonly Dictionary<CapabilityRequestId, CapabilityRequestRecord> _capabilityRequests = [];

    /// <summary>Active pairing codes by code.</summary>
    public IReadOnlyDictionary<string, PairingCode> Codes => _codes;

    /// <summary>Pairing requests by session.</summary>
    public IReadOnlyDictionary<PairingSessionId, PairingRequestRecord> PairingRequests => _pairingRequests;

    /// <summary>Registered nodes by device.</summary>
    public IReadOnlyDictionary<DeviceId, NodeRecord> Nodes => _nodes;

    /// <summary>Capability requests by id.</summary>
    public IReadOnlyDictionary<CapabilityRequestId, CapabilityRequestRecord> CapabilityRequests => _capabilityRequests;

    /// <summary>The changes that make this state from an empty one.</summary>
    public IEnumerable<NodeRuntimeChange> AsChanges() =>
    [
        .. _codes.Values.Select(code => new NodeRuntimeChange.PutCode(code)),
        .. _pairingRequests.Values.Select(request => new NodeRuntimeChange.PutPairingRequest(request)),
        .. _nodes.Values.Select(node => new NodeRuntimeChange.PutNode(node)),
        .. _capabilityRequests.Values.Select(request => new NodeRuntimeChange.PutCapabilityRequest(request)),
    ];

    /// <summary>Applies a change.</summary>
    /// <returns>The change that takes it back; <see langword="null"/> when there was nothing to change.</returns>
    public NodeRuntimeChange? Apply(NodeRuntimeChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        switch (change)
        {
            case NodeRuntimeChange.PutCode put:
                var code = Put(_codes, put.Code.Code, put.Code);
                return code is null ? new NodeRuntimeChange.RemoveCode(put.Code.Code) : new NodeRuntimeChange.PutCode(code);
            case NodeRuntimeChange.RemoveCode remove:
                return _codes.Remove(remove.Code, out var removedCode) ? new NodeRuntimeChange.PutCode(removedCode) : null;
            case NodeRuntimeChange.PutPairingRequest put:
                var request = Put(_pairingRequests, put.Request.SessionId, put.Request);
                return request is null
                    ? new NodeRuntimeChange.RemovePairingRequest(put.Request.SessionId)
                    : new NodeRuntimeChange.PutPairingRequest(request);
            case NodeRuntimeChange.RemovePairingRequest remove:
                return _pairingRequests.Remove(remove.SessionId, out var removedRequest)
                    ? new NodeRuntimeChange.PutPairingRequest(removedRequest)
                    : null;
            case NodeRuntimeChange.PutNode put:
                var node = Put(_nodes, put.Node.DeviceId, put.Node);
                return node is null ? new NodeRuntimeChange.RemoveNode(put.Node.DeviceId) : new NodeRuntimeChange.PutNode(node);
            case NodeRuntimeChange.RemoveNode remove:
                return _nodes.Remove(remove.DeviceId, out var removedNode) ? new NodeRuntimeChange.PutNode(removedNode) : null;
            case NodeRuntimeChange.PutCapabilityRequest put:
                var capability = Put(_capabilityRequests, put.Request.Id, put.Request);
                return capability is null
                    ? new NodeRuntimeChange.RemoveCapabilityRequest(put.Request.Id)
                    : new NodeRuntimeChange.PutCapabilityRequest(capability);
            case NodeRuntimeChange.RemoveCapabilityRequest remove:
                return _capabilityRequests.Remove(remove.Id, out var removedCapability)
                    ? new NodeRuntimeChange.PutCapabilityRequest(removedCapability)
                    : null;
            default:
                throw new UnreachableException();
        }
    }

    private static TValue? Put<TKey, TValue>(Dictionary<TKey, TValue> map, TKey key, TValue value)
        where TKey : notnull
        where TValue : class
    {
        map.Remove(key, out var before);
        map[key] = value;
        return before;
    }
}
