using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>
/// The acts on workers that are not about one lease (those are in <see cref="LeaseDecider"/>): who joins, who may work, who has to stop. Pure.
/// </summary>
public static class WorkerDecider
{
    /// <summary>Admits a worker. Order of checks: attestation · not registered · attestation younger than the last failure · room in the fleet.</summary>
    public static WorkerDecision Register(
        WorkerAttestation attestation, WorkerRecord? existing, in RegistrationFacts facts, CompiledFleetPolicy policy, UnixTime now)
    {
        if (AttestationDecider.CheckAdmission(attestation, policy, now) is { } refusal)
        {
            return WorkerDecision.Refused(existing, refusal);
        }

        if (existing is not null)
        {
            return WorkerTurn.Begin(existing, now).Refuse(new WorkerRefusal.AlreadyRegistered(existing.WorkerId));
        }

        if (Predates(attestation, facts.FailedClosedAt))
        {
            return WorkerDecision.Refused(null, new AttestationRefusal.AttestationPredatesFailure(attestation.WorkerId));
        }

        if (facts.FleetIsFull)
        {
            return WorkerDecision.Refused(null, new WorkerRefusal.FleetFull(attestation.WorkerId));
        }

        var admitted = new WorkerRecord
        {
            Attestation = attestation,
            State = WorkerState.Registered,
            LastHeartbeatAt = FirstHeartbeat(attestation, now),
            LastActAt = now,
            FailedClosedAt = facts.FailedClosedAt,
        };
        return WorkerDecision.Accepted(admitted) with
        {
            Event = new WorkerLifecycleEvent(admitted.WorkerId, WorkerState.Registered, default, WorkerReason.Registered, now),
        };
    }

    /// <summary>
    /// Lets a fail-closed worker back in. Order of checks: attestation · fail-closed · a cleanup verified since · attestation younger than the failure.
    /// </summary>
    public static WorkerDecision Reattest(WorkerRecord worker, WorkerAttestation attestation, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        if (AttestationDecider.CheckAdmission(attestation, policy, now) is { } refusal)
        {
            return WorkerDecision.Refused(worker, refusal);
        }

        var turn = WorkerTurn.Begin(worker, now);
        var record = turn.Worker;
        // Judged at the worker's own time too, which may lie ahead of now.
        if (AttestationDecider.CheckAdmission(attestation, policy, turn.At) is { } late)
        {
            return turn.Refuse(late);
        }

        if (!record.State.IsFailClosed())
        {
            return turn.Refuse(new WorkerRefusal.WorkerNotFailClosed(record.WorkerId));
        }

        if (!record.CleanupVerified)
        {
            return turn.Refuse(new WorkerRefusal.CleanupNotVerified(record.WorkerId));
        }

        // INVARIANT: no laundering. Only an attestation issued after the failure leads out of a fail-closed state.
        if (Predates(attestation, record.FailedClosedAt))
        {
            return turn.Refuse(new AttestationRefusal.AttestationPredatesFailure(record.WorkerId));
        }

        var admitted = record with
        {
            Attestation = attestation with { WorkerId = record.WorkerId },
            State = WorkerState.Registered,
            LastHeartbeatAt = FirstHeartbeat(attestation, turn.At),
            LastActAt = turn.At,
        };
        return turn.Move(admitted, WorkerReason.Reattested);
    }

    /// <summary>The worker reports. Its attestation has to hold; an offline worker comes back, drained if it was; health moves only a free worker.</summary>
    public static WorkerDecision Heartbeat(WorkerRecord worker, WorkerHealth health, CompiledFleetPolicy policy, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        var record = turn.Worker;
        if (AttestationDecider.Check(record.Attestation, policy, turn.At) is { } refusal)
        {
            return turn.Refuse(refusal);
        }

        var (state, reason) = (record.State, health) switch
        {
            (WorkerState.Offline, _) => (record.IsDrained ? WorkerState.Draining : WorkerState.Registered, WorkerReason.Heartbeat),
            (WorkerState.Registered or WorkerState.Available or WorkerState.Completed, not WorkerHealth.Healthy) => (WorkerState.Degraded, WorkerReason.Degraded),
            (WorkerState.Degraded, WorkerHealth.Healthy) => (WorkerState.Available, WorkerReason.Recovered),
            _ => (record.State, WorkerReason.Heartbeat),
        };
        return turn.Move(record with { State = state, LastHeartbeatAt = turn.At, LastActAt = turn.At }, reason);
    }

    /// <summary>A cleanup reported by an operator. Verified, it is the first step back of a fail-closed worker; not verified, it quarantines any worker.</summary>
    public static WorkerDecision ForceCleanup(WorkerRecord worker, in CleanupReport report, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        if (!report.IsVerified)
        {
            return turn.FailClosed(WorkerState.Quarantined, WorkerReason.CleanupFailed);
        }

        if (turn.Worker.Lease is not null)
        {
            return turn.Refuse(new LeaseRefusal.LeaseAlreadyActive(turn.Worker.WorkerId));
        }

        return turn.Worker.State.IsFailClosed()
            ? turn.Move(turn.Worker with { CleanupVerified = true, LastActAt = turn.At }, WorkerReason.CleanupVerified)
            : turn.Refuse(new WorkerRefusal.WorkerNotFailClosed(turn.Worker.WorkerId));
    }

    /// <summary>Takes any worker out at once, lease and all.</summary>
    public static WorkerDecision Quarantine(WorkerRecord worker, string? reason, UnixTime now) =>
        WorkerTurn.Begin(worker, now).FailClosed(WorkerState.Quarantined, WorkerReason.FromOperator(reason, WorkerReason.QuarantinedByOperator));

    /// <summary>Quarantine as one of all: a worker that is quarantined already is passed over.</summary>
    /// <returns>A decision that is not accepted when there is nothing to do.</returns>
    public static WorkerDecision QuarantineOfAll(WorkerRecord worker, string? reason, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        return worker.State == WorkerState.Quarantined
            ? WorkerDecision.Refused(worker, new WorkerRefusal.WorkerFailClosed(worker.WorkerId))
            : WorkerTurn.Begin(worker, now).FailClosed(WorkerState.Quarantined, WorkerReason.FromOperator(reason, WorkerReason.DrainedByOperator));
    }

    /// <summary>No new lease from now on; a lease it holds goes on.</summary>
    public static WorkerDecision Drain(WorkerRecord worker, string? reason, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        return turn.Worker.State.IsFailClosed()
            ? turn.Refuse(new WorkerRefusal.WorkerFailClosed(turn.Worker.WorkerId))
            : turn.Move(
                turn.Worker with { State = WorkerState.Draining, IsDrained = true, LastActAt = turn.At },
                WorkerReason.FromOperator(reason, WorkerReason.Draining));
    }

    /// <summary>Undoes a drain, once the worker holds no lease.</summary>
    public static WorkerDecision Resume(WorkerRecord worker, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        var record = turn.Worker;
        if (record.State.IsFailClosed())
        {
            return turn.Refuse(new WorkerRefusal.WorkerFailClosed(record.WorkerId));
        }

        if (record.State != WorkerState.Draining)
        {
            return turn.Refuse(new WorkerRefusal.InvalidWorkerTransition(record.WorkerId, record.State));
        }

        return record.Lease is not null
            ? turn.Refuse(new LeaseRefusal.LeaseAlreadyActive(record.WorkerId))
            : turn.Move(record with { State = WorkerState.Registered, IsDrained = false, LastActAt = turn.At }, WorkerReason.ResumedByOperator);
    }

    /// <summary>An operator vouches that the worker is there. Order of checks: lease · fail-closed · drained · attestation.</summary>
    public static WorkerDecision Reverify(WorkerRecord worker, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var turn = WorkerTurn.Begin(worker, now);
        var record = turn.Worker;
        if (record.Lease is not null)
        {
            return turn.Refuse(new LeaseRefusal.LeaseAlreadyActive(record.WorkerId));
        }

        if (record.State.IsFailClosed())
        {
            return turn.Refuse(new WorkerRefusal.WorkerFailClosed(record.WorkerId));
        }

        if (record.IsDrained)
        {
            return turn.Refuse(new WorkerRefusal.WorkerDraining(record.WorkerId));
        }

        return AttestationDecider.Check(record.Attestation, policy, turn.At) is { } refusal
            ? turn.Refuse(refusal)
            : turn.Move(
                record with { State = WorkerState.Registered, LastHeartbeatAt = turn.At, LastActAt = turn.At },
                WorkerReason.ReverifiedByOperator);
    }

    /// <summary>Takes a worker without a lease off the ledger. The moment it last failed closed outlives it.</summary>
    public static WorkerDecision Deregister(WorkerRecord worker, UnixTime now)
    {
        var turn = WorkerTurn.Begin(worker, now);
        return turn.Worker.Lease is not null
            ? turn.Refuse(new LeaseRefusal.LeaseAlreadyActive(turn.Worker.WorkerId))
            : turn.Leave(WorkerReason.Deregistered);
    }

    /// <summary>The sweep for expired leases.</summary>
    /// <returns>A decision that is not accepted when there is nothing to do.</returns>
    public static WorkerDecision Reap(WorkerRecord worker, UnixTime now) => WorkerTurn.Begin(worker, now).EndSweep();

    /// <summary>The sweep for stale heartbeats: orphaned with a lease, offline without. A stale worker whose lease has expired is orphaned as expired.</summary>
    /// <returns>A decision that is not accepted when there is nothing to do.</returns>
    public static WorkerDecision MarkStale(WorkerRecord worker, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(policy);
        if (worker.State == WorkerState.Offline || worker.State.IsFailClosed() || worker.HeartbeatIsFresh(policy, UnixTime.Max(now, worker.LastActAt)))
        {
            return default;
        }

        var turn = WorkerTurn.Begin(worker, now);
        return turn.Worker.State.IsFailClosed() ? turn.EndSweep() : turn.GoStale();
    }

    private static bool Predates(WorkerAttestation attestation, UnixTime? failedClosedAt) =>
        failedClosedAt is { } failed && attestation.IssuedAt <= failed;

    private static UnixTime FirstHeartbeat(WorkerAttestation attestation, UnixTime at) => attestation.HeartbeatAt.Milliseconds > 0 ? attestation.HeartbeatAt : at;
}
