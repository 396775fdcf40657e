using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>
/// One act's turn at one worker: it fixes the time, ends an expired lease before anything is judged, and is the only place where a record is moved on.
/// </summary>
internal readonly ref struct WorkerTurn
{
    private readonly WorkerLifecycleEvent _sweep;

    private WorkerTurn(WorkerRecord worker, UnixTime at, WorkerLifecycleEvent sweep)
    {
        Worker = worker;
        At = at;
        _sweep = sweep;
    }

    /// <summary>The worker, without an expired lease.</summary>
    internal WorkerRecord Worker { get; }

    /// <summary>When the act is applied.</summary>
    internal UnixTime At { get; }

    internal static WorkerTurn Begin(WorkerRecord worker, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        // INVARIANT: time only moves forward for a worker.
        var at = UnixTime.Max(now, worker.LastActAt);
        // INVARIANT: a lease ends on time, swept or not.
        return worker.Lease is { } lease && lease.ExpiresAt <= at
            ? new WorkerTurn(FailedClosed(worker, WorkerState.Orphaned, at), at, EventOf(worker, WorkerState.Orphaned, WorkerReason.TtlExpired, at))
            : new WorkerTurn(worker, at, default);
    }

    internal WorkerDecision Refuse(Refusal refusal) => WorkerDecision.Refused(Worker, refusal) with { Sweep = _sweep };

    /// <summary>The sweep of <see cref="Begin"/> was the whole act.</summary>
    internal WorkerDecision EndSweep() => _sweep.IsNone ? default : WorkerDecision.Accepted(Worker) with { Event = _sweep };

    internal WorkerDecision Move(WorkerState state, string reason) => Move(Worker with { State = state, LastActAt = At }, reason);

    internal WorkerDecision Move(WorkerRecord next, string reason) =>
        WorkerDecision.Accepted(next) with { Sweep = _sweep, Event = EventOf(Worker, next.State, reason, At) };

    internal WorkerDecision Leave(string reason) =>
        WorkerDecision.Accepted(null) with { Departed = Worker, Sweep = _sweep, Event = EventOf(Worker, Worker.State, reason, At) };

    internal WorkerDecision Lease(WorkerLease lease) =>
        WorkerDecision.Accepted(Worker with { State = WorkerState.Leased, Lease = lease, LastActAt = At }) with
        {
            Sweep = _sweep,
            Event = new WorkerLifecycleEvent(Worker.WorkerId, WorkerState.Leased, lease.RunId, WorkerReason.Assigned, At),
        };

    internal WorkerDecision Renew(WorkerLease lease) => WorkerDecision.Accepted(Worker with { Lease = lease, LastActAt = At }) with { Sweep = _sweep };

    internal WorkerDecision Complete(WorkerLease lease, in CleanupReport report)
    {
        var state = !report.IsVerified ? WorkerState.Quarantined
            : Worker.State == WorkerState.Draining ? WorkerState.Draining // INVARIANT: drain sticks.
            : WorkerState.Completed;
        var completion = new LeaseCompletion(lease.LeaseId, lease.RunId, report, state, At);
        return report.IsVerified
            ? Move(Worker with { State = state, Lease = null, LastActAt = At, LastCompletion = completion }, WorkerReason.Completed)
            : Move(FailedClosed(Worker, state, At) with { LastCompletion = completion }, WorkerReason.CleanupFailed);
    }

    /// <summary>The answer of an earlier completion, told again.</summary>
    internal WorkerDecision Repeat(LeaseCompletion last) => WorkerDecision.Accepted(Worker) with
    {
        Sweep = _sweep,
        IsRepeat = true,
        Event = new WorkerLifecycleEvent(
            Worker.WorkerId, last.State, last.RunId, last.Report.IsVerified ? WorkerReason.Completed : WorkerReason.CleanupFailed, last.At),
    };

    internal WorkerDecision FailClosed(WorkerState state, string reason) => Move(FailedClosed(Worker, state, At), reason);

    /// <summary>The worker goes offline, if it is not yet.</summary>
    internal WorkerDecision GoStale() => Worker.Lease is null
        ? Move(WorkerState.Offline, WorkerReason.HeartbeatStale)
        : FailClosed(WorkerState.Orphaned, WorkerReason.HeartbeatStale);

    /// <summary>Refuses, and takes the worker offline if it is not yet: the one change a refusal makes.</summary>
    internal WorkerDecision TakeOffline(Refusal refusal) => Worker.State == WorkerState.Offline
        ? Refuse(refusal)
        : WorkerDecision.Refused(Worker with { State = WorkerState.Offline, LastActAt = At }, refusal) with
        {
            Sweep = EventOf(Worker, WorkerState.Offline, WorkerReason.HeartbeatStale, At),
        };

    // INVARIANT: whatever fails a worker closed ends its lease, forgets its drain and earlier cleanups, and moves the moment its next attestation must follow.
    private static WorkerRecord FailedClosed(WorkerRecord worker, WorkerState state, UnixTime at) => worker with
    {
        State = state,
        Lease = null,
        IsDrained = false,
        CleanupVerified = false,
        LastActAt = at,
        FailedClosedAt = at,
    };

    private static WorkerLifecycleEvent EventOf(WorkerRecord before, WorkerState state, string reason, UnixTime at) =>
        new(before.WorkerId, state, before.Lease?.RunId ?? default, reason, at);
}
