using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Nodes;

// Capability requests as the leases see them under which they run.
public sealed partial class NodeRuntime
{
    /// <summary>The worker says it has started on its lease: the request in flight under that lease is acknowledged, so that it does not lapse.</summary>
    /// <returns>The request; or <c>unknown_request</c> when none is in flight under the lease, or what <see cref="MarkAccepted"/> refuses with.</returns>
    public ValueTask<Result<CapabilityRequestRecord>> MarkStarted(LeaseId lease, DeviceId sender)
    {
        CapabilityRequestId id = default;
        lock (_lock)
        {
            if (_lanes.TryGetValue(sender, out var lane))
            {
                id = lane.InFlight.FirstOrDefault(request => request.Lease == lease)?.Record.Id ?? default;
            }
        }

        return id.IsEmpty ? new(new CapabilityRefusal.UnknownRequest(id)) : MarkAccepted(id, sender);
    }
}
