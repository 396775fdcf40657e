using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Capability requests as their nodes see them: streams, acknowledgements, results.
public sealed partial class NodeRuntime
{
    private readonly Dictionary<DeviceId, DeviceLane> _lanes = [];
    private readonly HashSet<DeviceId> _revoked = [];
    private bool _hasLostDispatches;

    /// <summary>
    /// Opens the stream of a registered node, replacing an earlier one. What was in flight on that one is sent again, once, unless the node has
    /// acknowledged it; then, and the second time, it fails. What is queued follows.
    /// </summary>
    /// <returns>The stream; or <c>node_not_registered</c> or <c>device_revoked</c>.</returns>
    public Result<NodeConnection> Connect(DeviceId device)
    {
        var revoked = _options.IsRevoked?.Invoke(device) == true;
        PendingCommit commit;
        NodeConnection connection;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            if (!_state.Nodes.ContainsKey(device))
            {
                return new NodeRefusal.NotRegistered(device);
            }

            if (revoked || _revoked.Contains(device))
            {
                return new CapabilityRefusal.DeviceRevoked(device);
            }

            var lane = Lane_NeedsLock(device);
            lane.Connection?.End();
            lane.Connection = connection = new NodeConnection(this, device);
            Resend_NeedsLock(commit, lane, Now);
            Fill_NeedsLock(commit, lane, Now);
            SubmitChanges_NeedsLock(commit);
        }

        SettleInBackground(commit);
        return connection;
    }

    /// <summary>The node says it has started the work.</summary>
    /// <returns>The request; or <c>unknown_request</c>, <c>foreign_result</c> or <c>InvalidCapabilityTransition</c>.</returns>
    public ValueTask<Result<CapabilityRequestRecord>> MarkAccepted(CapabilityRequestId id, DeviceId sender) =>
        Advance(id, sender, "capability.accepted", (request, _) => CapabilityRequestDecider.Accept(request, sender));

    /// <summary>The node says it waits for its local user.</summary>
    /// <returns>The request; or <c>unknown_request</c>, <c>foreign_result</c> or <c>InvalidCapabilityTransition</c>.</returns>
    public ValueTask<Result<CapabilityRequestRecord>> MarkAwaiting(CapabilityRequestId id, DeviceId sender) =>
        Advance(id, sender, "capability.awaiting_local_mediation", (request, now) => CapabilityRequestDecider.AwaitLocalMediation(request, sender, now));

    /// <summary>The node's result. An output over the limit fails the request and is refused to the node.</summary>
    /// <param name="id">The request.</param>
    /// <param name="sender">The device the result came from, as its certificate says.</param>
    /// <param name="success">Whether the node says it succeeded.</param>
    /// <param name="outputJson">The output; given to the caller as it is, so its memory must not be changed.</param>
    /// <param name="error">What the node says went wrong.</param>
    /// <returns>
    /// The final request; or <c>unknown_request</c>, <c>foreign_result</c>, <c>duplicate_result</c>, <c>late_result</c>, <c>InvalidCapabilityTransition</c>, which
    /// change nothing; or <c>payload_too_large</c>.
    /// </returns>
    public async ValueTask<Result<CapabilityRequestRecord>> Complete(
        CapabilityRequestId id, DeviceId sender, bool success, ReadOnlyMemory<byte> outputJson, string? error)
    {
        var result = new CapabilityResult(
            sender, success, outputJson.Length, PayloadSummary.Of(outputJson.Span), success ? null : PayloadSummary.OfText(error));
        var oversized = false;
        var answer = await Advance(id, sender, "capability.result", Decide, outputJson).ConfigureAwait(false);
        return answer.TryGet(out var final, out _) && oversized ? CapabilityRequestDecider.Oversized(final, result) : answer;

        Result<CapabilityRequestRecord> Decide(CapabilityRequestRecord request, UnixTime now)
        {
            oversized = CapabilityRequestDecider.IsOversized(request, result.OutputBytes);
            return CapabilityRequestDecider.Complete(request, result, now);
        }
    }

    /// <summary>
    /// The device is revoked: what is queued for it is rejected, what is in flight fails, its stream ends, and nothing is queued for it until
    /// <see cref="ReadmitDevice"/>.
    /// </summary>
    public async ValueTask RejectDevice(DeviceId device)
    {
        PendingCommit commit;
        lock (_lock)
        {
            _revoked.Add(device);
            commit = Begin_NeedsLock();
            EndLane_NeedsLock(commit, device, CapabilityErrors.DeviceRevoked);
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
    }

    /// <summary>The device's revocation was cleared.</summary>
    public void ReadmitDevice(DeviceId device)
    {
        lock (_lock)
        {
            _revoked.Remove(device);
        }
    }

    internal void Disconnect(NodeConnection connection)
    {
        PendingCommit commit;
        lock (_lock)
        {
            connection.End();
            if (_closed || !_lanes.TryGetValue(connection.DeviceId, out var lane) || !ReferenceEquals(lane.Connection, connection))
            {
                return;
            }

            // Acknowledged work cannot be sent again, so nobody needs to wait for it; the rest may reach the next stream before it lapses.
            lane.Connection = null;
            commit = Begin_NeedsLock();
            foreach (var request in lane.InFlight.Where(request => request.IsAcknowledged).ToArray())
            {
                Abandon_NeedsLock(commit, request, CapabilityErrors.StreamLost, Now);
            }

            SubmitChanges_NeedsLock(commit);
        }

        SettleInBackground(commit);
    }

    private async ValueTask<Result<CapabilityRequestRecord>> Advance(
        CapabilityRequestId id, DeviceId sender, string eventName, Func<CapabilityRequestRecord, UnixTime, Result<CapabilityRequestRecord>> decide,
        ReadOnlyMemory<byte> output = default)
    {
        PendingCommit commit;
        CapabilityRequestRecord? next;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            var now = Now;
            if (!_state.CapabilityRequests.TryGetValue(id, out var record))
            {
                return new CapabilityRefusal.UnknownRequest(id);
            }

            if (!decide(record, now).TryGet(out next, out var refusal))
            {
                return refusal;
            }

            var request = _active[id];
            Acknowledge_NeedsLock(commit, request);
            if (next.IsFinal)
            {
                End_NeedsLock(commit, request, next, output);
                Fill_NeedsLock(commit, request.Lane, now);
            }
            else
            {
                Put_NeedsLock(commit, request, next);
            }

            if (_state.Nodes.TryGetValue(sender, out var node) && NodeDecider.Touch(node, eventName, now).TryGet(out var touched, out _))
            {
                commit.Apply(new NodeRuntimeChange.PutNode(touched));
            }

            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return next;
    }

    private void Acknowledge_NeedsLock(PendingCommit commit, ActiveRequest request)
    {
        if (!request.IsAcknowledged)
        {
            request.IsAcknowledged = true;
            _deadlines.Schedule(request, request.CallerDeadline);
            commit.OnTakeBack(() =>
            {
                request.IsAcknowledged = false;
                _deadlines.Schedule(request, LapsesAt(request));
            });
        }
    }

    private void Resend_NeedsLock(PendingCommit commit, DeviceLane lane, UnixTime now)
    {
        foreach (var request in lane.InFlight.ToArray())
        {
            if (request.IsAcknowledged || request.Sends > 1)
            {
                Abandon_NeedsLock(commit, request, CapabilityErrors.StreamLost, now);
            }
            else if (request.IsDispatchDurable)
            {
                Send(request);
            }
        }
    }

    /// <summary>Hands queued requests to the stream while it has room, oldest first. One the node cannot run any more is rejected.</summary>
    private void Fill_NeedsLock(PendingCommit commit, DeviceLane lane, UnixTime now)
    {
        while (CanDispatch(lane) && lane.FirstQueued is { } next)
        {
            if (_state.Nodes.TryGetValue(lane.Device, out var node) && node.Offers(next.Record.Capability))
            {
                Dispatch_NeedsLock(commit, next, now);
            }
            else
            {
                Reject_NeedsLock(commit, next, new CapabilityRefusal.CapabilityUnavailable(next.Record.Capability).Code, now);
            }
        }
    }

    /// <summary>A dispatch that was lost is at the head of its queue again, where nothing that is queued later would move it.</summary>
    private void Refill_NeedsLock(PendingCommit commit)
    {
        if (!_hasLostDispatches)
        {
            return;
        }

        _hasLostDispatches = false;
        foreach (var lane in _lanes.Values)
        {
            Fill_NeedsLock(commit, lane, Now);
        }
    }

    private static bool CanDispatch(DeviceLane lane) => lane.Connection is not null && lane.HasRoomInFlight;

    private void Dispatch_NeedsLock(PendingCommit commit, ActiveRequest request, UnixTime now)
    {
        if (!CapabilityRequestDecider.Dispatch(request.Record, now).TryGet(out var dispatched, out _))
        {
            return;
        }

        Put_NeedsLock(commit, request, dispatched);
        _deadlines.Schedule(request, LapsesAt(request));
        commit.OnTakeBack(() => _deadlines.Schedule(request, request.CallerDeadline));
        commit.OnDurable(() =>
        {
            request.IsDispatchDurable = true;
            if (!request.Record.IsFinal)
            {
                Send(request);
            }
        });
    }

    private UnixTime LapsesAt(ActiveRequest request) => request.Record.DispatchedAt is { } dispatched
        ? UnixTime.Min(request.CallerDeadline, dispatched.Add(_options.StartTimeout))
        : request.CallerDeadline;

    private void Send(ActiveRequest request)
    {
        if (request.Lane.Connection is { } connection)
        {
            request.Sends++;
            NodeRuntimeMetrics.Dispatched(Now.MillisecondsSince(request.Record.CreatedAt));
            connection.Send(request.ToDispatch());
        }
    }

    private DeviceLane Lane_NeedsLock(DeviceId device)
    {
        if (!_lanes.TryGetValue(device, out var lane))
        {
            _lanes[device] = lane = new DeviceLane(device);
        }

        return lane;
    }
}
