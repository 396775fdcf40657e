using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <content>How a decision becomes the state of the fleet.</content>
public sealed partial class WorkerFleet
{
    /// <summary>What the live indexes say, and what rebuilt ones do.</summary>
    internal (string[] Live, string[] Rebuilt) Audit(UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Audit(_policy, now);
        }
    }

    // What is granted waits for the disk; what fails closed does not.
    private void FlushBeforeGrant_NeedsLock(in WorkerDecision decision)
    {
        if (decision.IsAccepted)
        {
            _memory.Flush();
        }
    }

    private Result<WorkerLifecycleEvent> Commit_NeedsLock(WorkerRecord? before, in WorkerDecision decision)
    {
        Apply_NeedsLock(before, decision);
        _memory.Flush();
        return decision.IsAccepted ? decision.Event : decision.Refusal!;
    }

    private List<WorkerLifecycleEvent> CommitAll_NeedsLock(List<WorkerRecord> records, Func<WorkerRecord, WorkerDecision> decide)
    {
        var events = new List<WorkerLifecycleEvent>(records.Count);
        foreach (var record in records)
        {
            var decision = decide(record);
            if (decision.IsAccepted)
            {
                Apply_NeedsLock(record, decision);
                events.Add(decision.Event);
            }
        }

        _memory.Flush();
        return events;
    }

    private void Apply_NeedsLock(WorkerRecord? before, in WorkerDecision decision)
    {
        if (decision.Next is { } next)
        {
            if (!ReferenceEquals(before, next))
            {
                _ledger.Put(before, next);
                Remember_NeedsLock(before, next);
            }
        }
        else if (before is not null && decision.Departed is { } departed)
        {
            // INVARIANT: a tombstone stays, also of a worker that failed closed only in the act that took it away.
            Remember_NeedsLock(before, departed);
            _ledger.Remove(before);
        }

        var endedLease = before?.Lease is { } lease && decision.Next?.Lease?.LeaseId != lease.LeaseId ? lease.LeaseId : (LeaseId?)null;
        if (!decision.Sweep.IsNone)
        {
            Publish_NeedsLock(decision.Sweep, endedLease);
            endedLease = null;
        }

        if (!decision.Event.IsNone && !decision.IsRepeat)
        {
            Publish_NeedsLock(decision.Event, endedLease);
        }
    }

    private void Remember_NeedsLock(WorkerRecord? before, WorkerRecord next)
    {
        var (held, holds) = (before?.Lease, next.Lease);
        if (held is not null && holds is null)
        {
            _grants.End(held, next.LastActAt, _policy.Options.MaxTtlMs);
        }
        else if (holds is not null && !ReferenceEquals(held, holds))
        {
            _grants.Hold(holds);
        }

        if (next.FailedClosedAt is { } failed && before?.FailedClosedAt != failed)
        {
            _memory.Mark(next.WorkerId, failed);
        }
    }

    private void Publish_NeedsLock(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease)
    {
        _recent.Add(lifecycleEvent);
        if (endedLease is not null || lifecycleEvent.ReasonCode == WorkerReason.Assigned)
        {
            FleetMetrics.Lease(lifecycleEvent);
        }

        foreach (var observer in _observers)
        {
            observer.OnEvent(lifecycleEvent, endedLease);
        }
    }
}
