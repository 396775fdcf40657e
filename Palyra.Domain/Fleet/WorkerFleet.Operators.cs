using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <content>What operators and timers do, and what anyone may read.</content>
public sealed partial class WorkerFleet
{
    /// <summary>Takes a worker out at once, lease and all.</summary>
    public Result<WorkerLifecycleEvent> Quarantine(WorkerId worker, string? reason, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Quarantine(record, reason, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Gives a worker no new work until it is resumed.</summary>
    public Result<WorkerLifecycleEvent> Drain(WorkerId worker, string? reason, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Drain(record, reason, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Undoes a drain.</summary>
    public Result<WorkerLifecycleEvent> Resume(WorkerId worker, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Resume(record, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Vouches that a worker is there.</summary>
    public Result<WorkerLifecycleEvent> Reverify(WorkerId worker, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Reverify(record, _policy, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Records a cleanup: verified, the first step back of a fail-closed worker; not verified, the worker is quarantined.</summary>
    public Result<WorkerLifecycleEvent> ForceCleanup(WorkerId worker, CleanupReport report, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.ForceCleanup(record, report, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Takes a worker without a lease off the ledger.</summary>
    public Result<WorkerLifecycleEvent> Deregister(WorkerId worker, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Deregister(record, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Quarantines every worker that is not quarantined yet, in the order of ids.</summary>
    /// <returns>One event for each worker it changed.</returns>
    public IReadOnlyList<WorkerLifecycleEvent> QuarantineAll(string? reason, UnixTime now)
    {
        lock (_lock)
        {
            return CommitAll_NeedsLock(_ledger.NotQuarantined(), record => WorkerDecider.QuarantineOfAll(record, reason, now));
        }
    }

    /// <summary>Orphans every worker whose lease has expired, in the order of ids.</summary>
    /// <returns>One event for each worker it changed.</returns>
    public IReadOnlyList<WorkerLifecycleEvent> ReapExpired(UnixTime now)
    {
        lock (_lock)
        {
            return CommitAll_NeedsLock(_ledger.WithExpiredLease(now), record => WorkerDecider.Reap(record, now));
        }
    }

    /// <summary>Takes every worker offline, or orphans it if it holds a lease, whose heartbeat is stale; in the order of ids.</summary>
    /// <returns>One event for each worker it changed.</returns>
    public IReadOnlyList<WorkerLifecycleEvent> MarkStale(UnixTime now)
    {
        lock (_lock)
        {
            return CommitAll_NeedsLock(_ledger.WithStaleHeartbeat(now), record => WorkerDecider.MarkStale(record, _policy, now));
        }
    }

    /// <summary>The counts, as recorded. O(1).</summary>
    public WorkerFleetSnapshot Snapshot()
    {
        lock (_lock)
        {
            return _ledger.Snapshot();
        }
    }

    /// <summary>The newest 64 events, newest first.</summary>
    public IReadOnlyList<WorkerLifecycleEvent> RecentEvents()
    {
        lock (_lock)
        {
            return _recent.ToArray();
        }
    }

    /// <summary>The record of a worker, as recorded.</summary>
    public bool TryGet(WorkerId worker, [NotNullWhen(true)] out WorkerRecord? record)
    {
        lock (_lock)
        {
            record = _ledger.Find(worker);
            return record is not null;
        }
    }

    /// <summary>All records in the order of ids. O(n).</summary>
    public IReadOnlyList<WorkerRecord> Workers()
    {
        lock (_lock)
        {
            return [.. _ledger.InOrder];
        }
    }

    /// <summary>When the next lease expires, should nothing end it first: for the timer that calls <see cref="ReapExpired"/>.</summary>
    public UnixTime? NextExpiry
    {
        get
        {
            lock (_lock)
            {
                return _ledger.NextLeaseExpiry;
            }
        }
    }

    /// <summary>Hears every event from now on, until the returned value is disposed.</summary>
    public IDisposable Subscribe(IFleetObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
        {
            _observers = [.. _observers, observer];
        }

        return new Subscription(this, observer);
    }

    private void Unsubscribe(IFleetObserver observer)
    {
        lock (_lock)
        {
            _observers = [.. _observers.Where(other => !ReferenceEquals(other, observer))];
        }
    }

    private sealed class Subscription(WorkerFleet fleet, IFleetObserver observer) : IDisposable
    {
        public void Dispose() => fleet.Unsubscribe(observer);
    }
}
