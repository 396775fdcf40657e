using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// How requests change and end: record, lane, deadline and waiter move together, and come back together if the change is lost.
public sealed partial class NodeRuntime
{
    private static void Put_NeedsLock(PendingCommit commit, ActiveRequest request, CapabilityRequestRecord next)
    {
        var before = request.Record;
        if (ReferenceEquals(before, next))
        {
            return;
        }

        commit.Apply(new NodeRuntimeChange.PutCapabilityRequest(next));
        request.Record = next;
        request.Lane.Move(request, before.State, next.State);
        commit.OnTakeBack(() =>
        {
            request.Record = before;
            request.Lane.Move(request, next.State, before.State);
        });
    }

    private void End_NeedsLock(PendingCommit commit, ActiveRequest request, CapabilityRequestRecord final, ReadOnlyMemory<byte> output = default)
    {
        var due = request.Due;
        Put_NeedsLock(commit, request, final);
        _active.Remove(final.Id);
        _deadlines.Cancel(request);
        commit.OnTakeBack(() =>
        {
            _active[final.Id] = request;
            _deadlines.Schedule(request, due);
        });
        Retain_NeedsLock(commit, final);
        var outcome = new CapabilityOutcome(
            final.Id, final.State, CapabilityRequestDecider.IsOversized(final, output.Length) ? default : output, final.Error, request.IsAcknowledged);
        commit.OnDurable(() =>
        {
            // Not Dispose: that would wait for a callback that may be waiting for this lock.
            request.Cancellation.Unregister();
            request.Waiter.TrySetResult(outcome);
            NodeRuntimeMetrics.EndedAs(outcome.State);
        });
    }

    private void Abandon_NeedsLock(PendingCommit commit, ActiveRequest request, string error, UnixTime now)
    {
        if (CapabilityRequestDecider.Abandon(request.Record, error, now).TryGet(out var failed, out _))
        {
            End_NeedsLock(commit, request, failed);
        }
    }

    private void Cancel_NeedsLock(PendingCommit commit, ActiveRequest request)
    {
        var now = Now;
        Abandon_NeedsLock(commit, request, CapabilityErrors.Cancelled, now);
        Fill_NeedsLock(commit, request.Lane, now);
    }

    private void Reject_NeedsLock(PendingCommit commit, ActiveRequest request, string error, UnixTime now)
    {
        if (CapabilityRequestDecider.Reject(request.Record, error, now).TryGet(out var rejected, out _))
        {
            End_NeedsLock(commit, request, rejected);
        }
    }

    private void TimeOut_NeedsLock(PendingCommit commit, ActiveRequest request, UnixTime now)
    {
        var error = now >= request.CallerDeadline ? CapabilityErrors.TimedOut : CapabilityErrors.NotStarted;
        if (CapabilityRequestDecider.TimeOut(request.Record, error, now).TryGet(out var timedOut, out _))
        {
            End_NeedsLock(commit, request, timedOut);
            Fill_NeedsLock(commit, request.Lane, now);
        }
    }

    /// <summary>Ends a device's stream and everything on its way to it.</summary>
    private void EndLane_NeedsLock(PendingCommit commit, DeviceId device, string error)
    {
        if (!_lanes.TryGetValue(device, out var lane))
        {
            return;
        }

        var now = Now;
        lane.Connection?.End();
        lane.Connection = null;
        foreach (var queued in lane.Queued())
        {
            Reject_NeedsLock(commit, queued, error, now);
        }

        foreach (var inFlight in lane.InFlight.ToArray())
        {
            Abandon_NeedsLock(commit, inFlight, error, now);
        }
    }

    private void EndAllStreams_NeedsLock()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Connection?.End();
            lane.Connection = null;
        }
    }

    private void FaultAllWaiters_NeedsLock()
    {
        foreach (var request in _active.Values)
        {
            request.Cancellation.Unregister();
            request.Waiter.TrySetException(new ObjectDisposedException(nameof(NodeRuntime), "The node runtime closed before the request ended."));
        }
    }

    private void RecoverRequests_NeedsLock(PendingCommit commit, UnixTime now)
    {
        foreach (var request in _state.CapabilityRequests.Values.Where(request => !request.IsFinal).ToArray())
        {
            if (CapabilityRequestDecider.Abandon(request, CapabilityErrors.GatewayRestarted, now).TryGet(out var failed, out _))
            {
                commit.Apply(new NodeRuntimeChange.PutCapabilityRequest(failed));
            }
        }

        var oldestFirst = _state.CapabilityRequests.Values.OrderBy(request => request.CompletedAt ?? request.UpdatedAt).ThenBy(request => request.Id).ToArray();
        foreach (var finished in oldestFirst)
        {
            Retain_NeedsLock(commit, finished);
        }

        DropOld_NeedsLock(commit, now);
    }
}
