using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Registered nodes and what they offer.
public sealed partial class NodeRuntime
{
    /// <summary>Registers a node, or registers it again with other capabilities; when it registered first is kept.</summary>
    /// <returns>The node; or <c>invalid_node_field</c>.</returns>
    public ValueTask<Result<NodeRecord>> RegisterNode(DeviceId device, string? platform, IEnumerable<NodeCapability> capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        NodeCapability[] offered = [.. capabilities];
        return ChangeNode(device, (node, now) => NodeDecider.Register(node, device, platform, offered, now));
    }

    /// <summary>
    /// Records an event of a node. <see cref="MarkAccepted"/>, <see cref="MarkAwaiting"/> and
    /// <see cref="Complete(CapabilityRequestId, DeviceId, bool, ReadOnlyMemory{byte}, string?)"/> record theirs themselves.
    /// </summary>
    /// <returns>The node; or <c>node_not_registered</c> or <c>invalid_node_field</c>.</returns>
    public ValueTask<Result<NodeRecord>> Touch(DeviceId device, string? eventName) => ChangeNode(
        device, (node, now) => node is null ? new NodeRefusal.NotRegistered(device) : NodeDecider.Touch(node, eventName, now));

    /// <summary>Makes a capability available or unavailable. What is queued for one that is unavailable is rejected when its turn comes.</summary>
    /// <returns>The node; or <c>node_not_registered</c> or <c>invalid_node_field</c>.</returns>
    public ValueTask<Result<NodeRecord>> SetCapability(DeviceId device, string? capability, bool available) => ChangeNode(
        device, (node, now) => node is null ? new NodeRefusal.NotRegistered(device) : NodeDecider.SetCapability(node, capability, available, now));

    /// <summary>Removes a node: its stream ends, what is queued for it is rejected, what is in flight fails. It may register again.</summary>
    /// <returns>The node as it was; or <c>node_not_registered</c>.</returns>
    public async ValueTask<Result<NodeRecord>> RemoveNode(DeviceId device)
    {
        PendingCommit commit;
        NodeRecord? node;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            if (!_state.Nodes.TryGetValue(device, out node))
            {
                return new NodeRefusal.NotRegistered(device);
            }

            EndLane_NeedsLock(commit, device, CapabilityErrors.NodeRemoved);
            commit.Apply(new NodeRuntimeChange.RemoveNode(device));
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return node;
    }

    /// <summary>A registered node.</summary>
    public bool TryFindNode(DeviceId device, [NotNullWhen(true)] out NodeRecord? node)
    {
        lock (_lock)
        {
            return _state.Nodes.TryGetValue(device, out node);
        }
    }

    /// <summary>Everything there is at this moment: devices, instances, capability catalogue.</summary>
    /// <param name="devices">The paired and revoked devices, which the identity registry knows.</param>
    public NodeInventory Inventory(IEnumerable<InventoryDevice>? devices = null)
    {
        InventoryDevice[] known = [.. devices ?? []];
        lock (_lock)
        {
            return NodeInventory.Of(known, _state.Nodes.Values, IsConnected_NeedsLock, Now);
        }
    }

    private bool IsConnected_NeedsLock(DeviceId device) => _lanes.TryGetValue(device, out var lane) && lane.Connection is not null;

    private async ValueTask<Result<NodeRecord>> ChangeNode(DeviceId device, Func<NodeRecord?, UnixTime, Result<NodeRecord>> decide)
    {
        PendingCommit commit;
        NodeRecord? next;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            if (!decide(_state.Nodes.GetValueOrDefault(device), Now).TryGet(out next, out var refusal))
            {
                return refusal;
            }

            commit.Apply(new NodeRuntimeChange.PutNode(next));
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return next;
    }
}
