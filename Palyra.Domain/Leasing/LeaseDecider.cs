using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>
/// The acts on leases. Pure: each takes the worker's record and gives the decision about it. Each turn first ends a lease that has expired,
/// so that no act ever meets an expired lease as an active one.
/// </summary>
public static class LeaseDecider
{
    /// <summary>
    /// Leases a worker. Order of checks: request · attestation · lease · fail-closed · draining · heartbeat · capabilities · grant.
    /// A stale heartbeat takes the worker offline, the only change a refusal makes.
    /// </summary>
    /// <param name="worker">The worker as recorded.</param>
    /// <param name="request">What the run asks for.</param>
    /// <param name="facts">What only the whole fleet knows.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="now">The instant of the act.</param>
    public static WorkerDecision Assign(WorkerRecord worker, LeaseRequest request, in LeaseFacts facts, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(policy);
        // The worker's own last act may lie ahead of now; a request is judged at the later of the two, before it can touch the worker.
        if (LeaseRequestDecider.Check(request, policy, UnixTime.Max(now, worker.LastActAt)) is { } invalid)
        {
            return WorkerDecision.Refused(worker, invalid);
        }

        var turn = WorkerTurn.Begin(worker, now);
        var record = turn.Worker;
        if (AttestationDecider.Check(record.Attestation, policy, turn.At) is { } attestation)
        {
            return turn.Refuse(attestation);
        }

        if (record.Lease is not null)
        {
            return turn.Refuse(new LeaseRefusal.LeaseAlreadyActive(record.WorkerId));
        }

        if (record.State.IsFailClosed())
        {
            return turn.Refuse(new WorkerRefusal.WorkerFailClosed(record.WorkerId));
        }

        if (record.State == WorkerState.Draining)
        {
            return turn.Refuse(new WorkerRefusal.WorkerDraining(record.WorkerId));
        }

        if (!record.HeartbeatIsFresh(policy, turn.At))
        {
            return turn.TakeOffline(new WorkerRefusal.WorkerOffline(record.WorkerId));
        }

        if (!record.State.IsAssignable())
        {
            return turn.Refuse(new WorkerRefusal.WorkerOffline(record.WorkerId));
        }

        if (!policy.Covers(record.Attestation, request.RequiredCapabilities))
        {
            return turn.Refuse(new LeaseRefusal.NoAvailableWorker());
        }

        return facts.GrantUsed
            ? turn.Refuse(new LeaseRefusal.GrantAlreadyUsed(request.Grant.GrantId))
            : turn.Lease(NewLease(record, request, facts, turn.At));
    }

    /// <summary>Extends the active lease, never past the grant's or the attestation's expiry and never to an earlier end. No event, no new token.</summary>
    public static WorkerDecision Renew(WorkerRecord worker, LeaseId leaseId, ulong ttlMs, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        if (LeaseRequestDecider.CheckTtl(ttlMs, policy) is { } invalid)
        {
            return WorkerDecision.Refused(worker, invalid);
        }

        var turn = WorkerTurn.Begin(worker, now);
        if (!turn.Worker.Holds(leaseId, out var lease))
        {
            return turn.Refuse(new LeaseRefusal.LeaseMismatch(turn.Worker.WorkerId));
        }

        if (AttestationDecider.Check(turn.Worker.Attestation, policy, turn.At) is { } attestation)
        {
            return turn.Refuse(attestation);
        }

        var end = LatestEnd(turn.Worker, lease.Grant, ttlMs, turn.At);
        return turn.Renew(lease with { ExpiresAt = UnixTime.Max(lease.ExpiresAt, end) });
    }

    /// <summary>The worker has begun: Leased to Busy, once. A drained worker begins nothing.</summary>
    public static WorkerDecision Start(WorkerRecord worker, LeaseId leaseId, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        if (!turn.Worker.Holds(leaseId, out _))
        {
            return turn.Refuse(new LeaseRefusal.LeaseMismatch(turn.Worker.WorkerId));
        }

        return turn.Worker.State switch
        {
            WorkerState.Leased => turn.Move(WorkerState.Busy, WorkerReason.Started),
            WorkerState.Draining => turn.Refuse(new WorkerRefusal.WorkerDraining(turn.Worker.WorkerId)),
            _ => turn.Refuse(new WorkerRefusal.InvalidWorkerTransition(turn.Worker.WorkerId, turn.Worker.State)),
        };
    }

    /// <summary>
    /// Ends the active lease by a cleanup report: verified, the worker is free again (or stays drained); not verified, it is quarantined.
    /// The same report for the lease completed last gets the first answer again.
    /// </summary>
    public static WorkerDecision Complete(WorkerRecord worker, LeaseId leaseId, in CleanupReport report, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        if (turn.Worker.Holds(leaseId, out var lease))
        {
            return turn.Complete(lease, report);
        }

        return turn.Worker.LastCompletion is { } last && last.LeaseId == leaseId && last.Report == report
            ? turn.Repeat(last)
            : turn.Refuse(new LeaseRefusal.LeaseMismatch(turn.Worker.WorkerId));
    }

    /// <summary>Takes the lease away; the worker is orphaned. Without a lease id, the active lease is meant.</summary>
    public static WorkerDecision Revoke(WorkerRecord worker, LeaseId? leaseId, string? reason, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        return turn.Worker.Lease is { } lease && (leaseId ?? lease.LeaseId) == lease.LeaseId
            ? turn.FailClosed(WorkerState.Orphaned, WorkerReason.FromOperator(reason, WorkerReason.LeaseRevoked))
            : turn.Refuse(new LeaseRefusal.LeaseMismatch(turn.Worker.WorkerId));
    }

    private static WorkerLease NewLease(WorkerRecord worker, LeaseRequest request, in LeaseFacts facts, UnixTime at) => new()
    {
        LeaseId = facts.LeaseId,
        WorkerId = worker.WorkerId,
        ExpiresAt = LatestEnd(worker, request.Grant, request.TtlMs, at),
        FencingToken = facts.FencingToken,
        RequiredCapabilities = request.RequiredCapabilities,
        Workspace = request.Workspace,
        Transport = request.Transport,
        Grant = request.Grant,
    };

    // INVARIANT: no lease outlives its grant or its worker's attestation.
    private static UnixTime LatestEnd(WorkerRecord worker, RunGrant grant, ulong ttlMs, UnixTime at) =>
        UnixTime.Min(at.AddMilliseconds(ttlMs), UnixTime.Min(grant.ExpiresAt, worker.Attestation.ExpiresAt));
}
