using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;

namespace Palyra.Domain.Nodes;

/// <summary>The requests of one device that have not ended: a queue and the places in flight. Guarded by the runtime's lock.</summary>
/// <remarks>INVARIANT: a request is in exactly the list its record's state names, in the order of <see cref="ActiveRequest.Sequence"/>.</remarks>
internal sealed class DeviceLane(DeviceId device)
{
    private readonly LinkedList<ActiveRequest> _queued = new();
    private readonly List<ActiveRequest> _inFlight = [];

    internal DeviceId Device { get; } = device;

    internal NodeConnection? Connection { get; set; }

    internal int QueuedCount => _queued.Count;

    internal IReadOnlyList<ActiveRequest> InFlight => _inFlight;

    internal ActiveRequest? FirstQueued => _queued.First?.Value;

    internal bool HasRoomInFlight => _inFlight.Count < CapabilityRequestDecider.MaxInFlightPerDevice;

    internal ActiveRequest[] Queued() => [.. _queued];

    /// <summary>Moves a request between the lists when its record changes; a final or unspecified state is in neither.</summary>
    internal void Move(ActiveRequest request, CapabilityRequestState from, CapabilityRequestState to)
    {
        if (from == CapabilityRequestState.Queued)
        {
            _queued.Remove(request);
            NodeRuntimeMetrics.Queued(-1);
        }
        else if (CapabilityRequestDecider.IsInFlight(from))
        {
            _inFlight.Remove(request);
        }

        if (to == CapabilityRequestState.Queued)
        {
            Enqueue(request);
            NodeRuntimeMetrics.Queued(1);
        }
        else if (CapabilityRequestDecider.IsInFlight(to))
        {
            var at = _inFlight.FindLastIndex(other => other.Sequence < request.Sequence) + 1;
            _inFlight.Insert(at, request);
        }
    }

    // From the end: a new request belongs there; only one that is taken back goes further to the front.
    private void Enqueue(ActiveRequest request)
    {
        var after = _queued.Last;
        while (after is not null && after.Value.Sequence > request.Sequence)
        {
            after = after.Previous;
        }

        if (after is null)
        {
            _queued.AddFirst(request);
        }
        else
        {
            _queued.AddAfter(after, request);
        }
    }
}
