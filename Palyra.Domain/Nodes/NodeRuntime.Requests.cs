using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Capability requests as their callers see them: queue, cancel, look up, wait.
public sealed partial class NodeRuntime
{
    private readonly Dictionary<CapabilityRequestId, ActiveRequest> _active = [];
    private readonly LinkedList<FinishedRequest> _finished = new();
    private long _sequence;

    /// <summary>
    /// Queues a request. For a node that is connected and has a free place it is on its stream as soon as it is durable; otherwise it waits its turn, first
    /// in, first out per device.
    /// </summary>
    /// <param name="device">The node.</param>
    /// <param name="capability">What to run.</param>
    /// <param name="inputJson">The input; the caller must not change the memory before the request has ended.</param>
    /// <param name="maxPayloadBytes">The limit of input and output; 0 means 1 MiB, more than 16 MiB means 16 MiB.</param>
    /// <param name="deadline">When the request times out.</param>
    /// <param name="lease">The lease the work belongs to, if any.</param>
    /// <param name="fencingToken">The lease's fencing token.</param>
    /// <param name="cancellation">Ends the request, also later: a cancelled request is never dispatched afterwards.</param>
    /// <returns>
    /// The request; or <c>invalid_capability_field</c>, <c>deadline_exceeded</c>, <c>cancelled</c>, <c>node_not_registered</c>; or, recorded as a rejected
    /// request, <c>device_revoked</c>, <c>capability_unavailable</c>, <c>payload_too_large</c>, <c>queue_full</c>.
    /// </returns>
    public async ValueTask<Result<PendingCapability>> Enqueue(
        DeviceId device, string capability, ReadOnlyMemory<byte> inputJson, ulong maxPayloadBytes, UnixTime deadline, LeaseId? lease = null,
        ulong fencingToken = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(capability);
        if (cancellation.IsCancellationRequested)
        {
            return new CapabilityRefusal.Cancelled();
        }

        // Outside the lock: these need nothing of the state.
        var summary = PayloadSummary.Of(inputJson.Span);
        var revoked = _options.IsRevoked?.Invoke(device) == true;
        var id = new CapabilityRequestId(_entropy.NextUlid(Now));
        ActiveRequest? request = null;
        Refusal? refusal;
        PendingCommit commit;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            var now = Now;
            var wish = new CapabilityWish(id, device, capability, inputJson.Length, summary, maxPayloadBytes, deadline);
            var lane = _lanes.GetValueOrDefault(device);
            var node = _state.Nodes.GetValueOrDefault(device);
            var decision = CapabilityRequestDecider.Enqueue(wish, node, revoked || _revoked.Contains(device), lane?.QueuedCount ?? 0, now);
            if (decision.TryGet(out var queued, out refusal))
            {
                request = new ActiveRequest(queued, lane ?? Lane_NeedsLock(device), ++_sequence)
                {
                    InputJson = inputJson,
                    CallerDeadline = deadline,
                    Lease = lease,
                    FencingToken = fencingToken,
                    Traceparent = System.Diagnostics.Activity.Current is { IdFormat: System.Diagnostics.ActivityIdFormat.W3C } activity ? activity.Id : null,
                };
                Add_NeedsLock(commit, request, now);
            }
            else if (CapabilityRequestDecider.IsRecorded(refusal))
            {
                Record_NeedsLock(commit, CapabilityRequestDecider.Rejected(wish, refusal, now));
            }
            else
            {
                return refusal;
            }

            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        if (request is null)
        {
            return refusal!;
        }

        CancelWith(request, cancellation);
        return new PendingCapability(request.Record.Id, new ValueTask<CapabilityOutcome>(request.Waiter.Task));
    }

    /// <summary>Gives a request up on the caller's behalf; one that has ended stays as it ended.</summary>
    /// <returns>The request as it stands; or <c>unknown_request</c> or <c>InvalidCapabilityTransition</c>.</returns>
    public async ValueTask<Result<CapabilityRequestRecord>> Cancel(CapabilityRequestId id)
    {
        PendingCommit commit;
        CapabilityRequestRecord ended;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            if (!_active.TryGetValue(id, out var request))
            {
                return _state.CapabilityRequests.TryGetValue(id, out var final)
                    ? new CapabilityRefusal.InvalidCapabilityTransition(id, final.State, CapabilityAct.Abandon)
                    : new CapabilityRefusal.UnknownRequest(id);
            }

            Cancel_NeedsLock(commit, request);
            ended = request.Record;
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return ended;
    }

    /// <summary>A request that is active or still kept.</summary>
    public bool TryFindRequest(CapabilityRequestId id, [NotNullWhen(true)] out CapabilityRequestRecord? request)
    {
        lock (_lock)
        {
            return _state.CapabilityRequests.TryGetValue(id, out request);
        }
    }

    /// <summary>All requests that are active or still kept, oldest first.</summary>
    public IReadOnlyList<CapabilityRequestRecord> ListRequests()
    {
        lock (_lock)
        {
            return [.. _state.CapabilityRequests.Values.OrderBy(request => request.Id)];
        }
    }

    private void CancelWith(ActiveRequest request, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
        {
            return;
        }

        // Outside the lock: a token that is cancelled already calls back at once.
        var registration = cancellation.UnsafeRegister(static (state, _) => ((Action)state!)(), () => CancelInBackground(request));
        lock (_lock)
        {
            request.Cancellation = registration;
            if (request.Record.IsFinal)
            {
                registration.Unregister();
            }
        }
    }

    private void CancelInBackground(ActiveRequest request)
    {
        PendingCommit commit;
        lock (_lock)
        {
            if (_closed || request.Record.IsFinal)
            {
                return;
            }

            commit = Begin_NeedsLock();
            Cancel_NeedsLock(commit, request);
            Submit_NeedsLock(commit);
        }

        SettleInBackground(commit);
    }

    /// <summary>A new request enters its lane and, when its turn is now, its stream: one change either way.</summary>
    private void Add_NeedsLock(PendingCommit commit, ActiveRequest request, UnixTime now)
    {
        var lane = request.Lane;
        _active.Add(request.Record.Id, request);
        lane.Move(request, CapabilityRequestState.Unspecified, CapabilityRequestState.Queued);
        _deadlines.Schedule(request, request.CallerDeadline);
        commit.OnTakeBack(() =>
        {
            lane.Move(request, request.Record.State, CapabilityRequestState.Unspecified);
            _deadlines.Cancel(request);
            _active.Remove(request.Record.Id);
        });
        if (ReferenceEquals(lane.FirstQueued, request) && CanDispatch(lane))
        {
            Dispatch_NeedsLock(commit, request, now);
        }
        else
        {
            commit.Apply(new NodeRuntimeChange.PutCapabilityRequest(request.Record));
        }
    }

    /// <summary>A record that is final from its first moment.</summary>
    private void Record_NeedsLock(PendingCommit commit, CapabilityRequestRecord record)
    {
        commit.Apply(new NodeRuntimeChange.PutCapabilityRequest(record));
        Retain_NeedsLock(commit, record);
    }

    private readonly record struct FinishedRequest(CapabilityRequestId Id, UnixTime At);
}
