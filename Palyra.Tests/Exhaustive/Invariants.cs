using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Model;

namespace Palyra.Tests.Exhaustive;

/// <summary>The promises of the fleet, checked on one step: what held before, the act, what holds after. Gives the first one that is broken.</summary>
internal static class Invariants
{
    internal static string? Broken(NaiveFleet before, FleetAct act, NaiveFleet.Step step)
    {
        foreach (var worker in step.After.Workers)
        {
            if (OfRecord(worker) is { } broken)
            {
                return broken;
            }
        }

        foreach (var id in SmallWorld.Ids)
        {
            var (was, now) = (before.Find(id), step.After.Find(id));
            if (ReferenceEquals(was, now) && was?.Lease is null)
            {
                continue;
            }

            if ((was is not null && now is not null ? OfMove(was, now, act, step.IsAccepted, before) : OfComingOrGoing(was, now, act, step.IsAccepted, before)) is { } broken)
            {
                return broken;
            }
        }

        return OfFleet(before, act, step);
    }

    private static string? OfRecord(WorkerRecord worker) =>
        (worker.Lease is not null) != (worker.State is WorkerState.Leased or WorkerState.Busy) && worker is not { State: WorkerState.Draining } ? "a leased state if and only if there is a lease"
        : worker.State == WorkerState.Draining && !worker.IsDrained ? "draining is drained"
        : worker.Lease is { } lease && (lease.ExpiresAt > lease.Grant.ExpiresAt || lease.ExpiresAt > worker.Attestation.ExpiresAt) ? "no lease outlives its grant or attestation"
        : worker.Lease is { } held && held.WorkerId != worker.WorkerId ? "a lease is held by its worker"
        : worker.State.IsFailClosed() && worker.FailedClosedAt is null ? "a fail-closed worker knows since when"
        : null;

    private static string? OfMove(WorkerRecord was, WorkerRecord now, FleetAct act, bool accepted, NaiveFleet before)
    {
        if (was.State.IsFailClosed() && !now.State.IsFailClosed()
            && !(accepted && act is FleetAct.Reattest reattest && was.CleanupVerified && reattest.Attestation.IssuedAt > was.FailedClosedAt))
        {
            return "no laundering: only a fresh attestation leads out of a fail-closed state";
        }

        if (was.State == WorkerState.Quarantined && now.State == WorkerState.Orphaned)
        {
            return "quarantined never becomes anything milder";
        }

        if (was.IsDrained && !now.IsDrained && !now.State.IsFailClosed() && !(accepted && act is FleetAct.Resume))
        {
            return "drain sticks";
        }

        if (now.LastActAt < was.LastActAt)
        {
            return "time only moves forward for a worker";
        }

        var names = act switch
        {
            FleetAct.Start a => a.Lease,
            FleetAct.Renew a => a.Lease,
            FleetAct.Complete a => a.Lease,
            _ => (LeaseId?)null,
        };
        // An earlier completion told again is no act on a lease; it may still meet an expired one.
        if (accepted && names is { } lease && !ReferenceEquals(was, now) && was.LastCompletion?.LeaseId != lease && (was.Lease?.LeaseId != lease || was.Lease.ExpiresAt <= act.Now))
        {
            return "no lease, no completion";
        }

        if (was.Lease is { } old && now.Lease is { } held && old.LeaseId != held.LeaseId)
        {
            return "one lease a worker";
        }

        if (was.Lease is { } same && now.Lease is { } renewed && (renewed.FencingToken != same.FencingToken || renewed.ExpiresAt < same.ExpiresAt))
        {
            return "a renewal keeps the token and never shortens";
        }

        if (was.Lease is null && now.Lease is { } fresh)
        {
            return !was.State.IsAssignable() ? "only an assignable worker is leased"
                : !was.HeartbeatIsFresh(before.Policy, act.Now) || was.Attestation.ExpiresAt <= act.Now ? "only a fresh and attested worker is leased"
                : fresh.FencingToken <= before.Token ? "the fencing token rises with every lease"
                : fresh.ExpiresAt <= act.Now ? "no lease is born expired"
                : null;
        }

        if (was.Lease is { } expired && expired.ExpiresAt <= act.Now && now.Lease is not null && Meets(act, was.WorkerId))
        {
            return "a lease ends on time";
        }

        return !accepted && !ReferenceEquals(was, now) && now.State is not (WorkerState.Orphaned or WorkerState.Offline) ? "a refusal leaves the ledger as it was" : null;
    }

    private static string? OfComingOrGoing(WorkerRecord? was, WorkerRecord? now, FleetAct act, bool accepted, NaiveFleet before)
    {
        if (now is not null)
        {
            return !accepted || act is not FleetAct.Register register ? "only a registration makes a worker"
                : before.Failed.TryGetValue(now.WorkerId, out var failed) && register.Attestation.IssuedAt <= failed ? "no laundering by leaving and coming back"
                : null;
        }

        return !accepted || act is not FleetAct.Deregister || (was!.Lease is { } lease && lease.ExpiresAt > act.Now) ? "only a deregistration without a lease takes a worker away" : null;
    }

    private static string? OfFleet(NaiveFleet before, FleetAct act, NaiveFleet.Step step)
    {
        if (ReferenceEquals(before, step.After))
        {
            return null;
        }

        foreach (var gone in before.Workers.Where(worker => worker.Lease is not null && step.After.Find(worker.WorkerId) is null))
        {
            if (!step.After.Failed.TryGetValue(gone.WorkerId, out var since) || since < gone.Lease!.ExpiresAt)
            {
                return "a worker that leaves with an expired lease leaves a tombstone";
            }
        }

        var live = step.After.Workers.Where(worker => worker.Lease is not null).Select(worker => worker.Lease!).ToArray();
        return live.Length > 1 && live.Select(lease => lease.LeaseId).Distinct().Count() != live.Length ? "one worker a lease"
            : live.Where(lease => lease.ExpiresAt > act.Now).GroupBy(lease => lease.Grant.GrantId).Any(group => group.Count() > 1) ? "a grant is leased once"
            : before.Failed.Any(mark => !step.After.Failed.TryGetValue(mark.Key, out var at) || at < mark.Value) ? "marks only move forward"
            : !step.IsAccepted && step.After.Token != before.Token ? "a refusal uses no token"
            : null;
    }

    private static bool Meets(FleetAct act, WorkerId worker) => act switch
    {
        FleetAct.Heartbeat a => a.Worker == worker,
        FleetAct.Start a => a.Worker == worker,
        FleetAct.Complete a => a.Worker == worker,
        FleetAct.Drain a => a.Worker == worker,
        FleetAct.Resume a => a.Worker == worker,
        FleetAct.Reverify a => a.Worker == worker,
        FleetAct.ForceCleanup a => a.Worker == worker,
        FleetAct.Quarantine a => a.Worker == worker,
        FleetAct.Reap => true,
        _ => false,
    };
}
