using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>The records of a fleet and the indexes that find one without looking at all. Not thread-safe; decides nothing.</summary>
internal sealed class FleetLedger
{
    private readonly SortedDictionary<string, WorkerRecord> _bySpelling = new(StringComparer.Ordinal);
    private readonly Dictionary<WorkerId, WorkerRecord> _byId = [];
    private CompiledFleetPolicy _policy;

    internal FleetLedger(CompiledFleetPolicy policy) => _policy = policy;

    internal int Count => _byId.Count;

    internal IEnumerable<WorkerRecord> InOrder => _bySpelling.Values;

    internal void SetPolicy(CompiledFleetPolicy policy) => _policy = policy;

    internal WorkerRecord? Find(WorkerId id) => _byId.GetValueOrDefault(id);

    /// <summary>The worker that a scan in the order of ids would lease first; a degraded one only when no other fits.</summary>
    internal WorkerRecord? FindCandidate(LeaseRequest request, UnixTime now)
    {
        WorkerRecord? degraded = null;
        foreach (var worker in _bySpelling.Values)
        {
            if (LeaseDecider.Assign(worker, request, default, _policy, now).IsAccepted)
            {
                if (worker.State != WorkerState.Degraded)
                {
                    return worker;
                }

                degraded ??= worker;
            }
        }

        return degraded;
    }

    internal List<WorkerRecord> WithExpiredLease(UnixTime now) =>
        [.. _bySpelling.Values.Where(worker => worker.Lease is { } lease && lease.ExpiresAt <= UnixTime.Max(now, worker.LastActAt))];

    internal List<WorkerRecord> WithStaleHeartbeat(UnixTime now) =>
        [.. _bySpelling.Values.Where(worker => !worker.HeartbeatIsFresh(_policy, UnixTime.Max(now, worker.LastActAt)))];

    internal List<WorkerRecord> NotQuarantined() => [.. _bySpelling.Values.Where(worker => worker.State != WorkerState.Quarantined)];

    internal UnixTime? NextLeaseExpiry => _byId.Values.Select(worker => worker.Lease?.ExpiresAt).Min();

    internal void Put(WorkerRecord? before, WorkerRecord record)
    {
        _byId[record.WorkerId] = record;
        _bySpelling[record.WorkerId.ToString()] = record;
    }

    internal void Remove(WorkerRecord record)
    {
        _byId.Remove(record.WorkerId);
        _bySpelling.Remove(record.WorkerId.ToString());
    }

    internal WorkerFleetSnapshot Snapshot()
    {
        var counts = default(FleetCounts);
        foreach (var worker in _byId.Values)
        {
            counts.Add(worker, 1);
        }

        return counts.ToSnapshot();
    }
}
