using Palyra.Domain.Fleet.Indexes;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>The records of a fleet and the indexes that find one without looking at all. Not thread-safe; decides nothing.</summary>
internal sealed class FleetLedger
{
    private readonly Dictionary<WorkerId, int> _slots = [];
    private readonly Stack<int> _free = new();
    private readonly List<WorkerRecord?> _records = [];
    private FleetIndexes _indexes;
    private FleetCounts _counts;

    internal FleetLedger(CompiledFleetPolicy policy) => _indexes = new FleetIndexes(policy);

    internal int Count => _slots.Count;

    internal IEnumerable<WorkerRecord> InOrder => _indexes.InOrder().Select(slot => _records[slot]!);

    internal UnixTime? NextLeaseExpiry => _indexes.NextLeaseEnd;

    internal WorkerFleetSnapshot Snapshot() => _counts.ToSnapshot();

    internal WorkerRecord? Find(WorkerId id) => _slots.TryGetValue(id, out var slot) ? _records[slot] : null;

    /// <summary>The worker that a scan in the order of ids would lease first; a degraded one only when no other fits.</summary>
    internal WorkerRecord? FindCandidate(IReadOnlyList<string> required, UnixTime now) =>
        _indexes.FindCandidate(required, now) is >= 0 and var slot ? _records[slot] : null;

    internal List<WorkerRecord> WithExpiredLease(UnixTime now) => _indexes.LeasesEndedBy(now).ConvertAll(slot => _records[slot]!);

    internal List<WorkerRecord> WithStaleHeartbeat(UnixTime now) => _indexes.StaleAt(now).ConvertAll(slot => _records[slot]!);

    internal List<WorkerRecord> NotQuarantined() =>
        _counts.ToSnapshot().FailedClosed == Count ? [] : [.. InOrder.Where(worker => worker.State != WorkerState.Quarantined)];

    internal void Put(WorkerRecord? before, WorkerRecord after)
    {
        if (before is null)
        {
            Add(after);
        }
        else
        {
            _records[before.Slot] = after;
            _counts.Add(before, -1);
            _indexes.Change(before.Slot, before, after);
        }

        _counts.Add(after, 1);
    }

    internal void Remove(WorkerRecord record)
    {
        _slots.Remove(record.WorkerId);
        _records[record.Slot] = null;
        _free.Push(record.Slot);
        _counts.Add(record, -1);
        _indexes.Remove(record.Slot);
    }

    /// <summary>Rebuilds the indexes under another policy.</summary>
    internal void SetPolicy(CompiledFleetPolicy policy) => _indexes = Rebuild(policy);

    /// <summary>What the live indexes say, and what rebuilt ones do; equal, if nothing went wrong.</summary>
    internal (string[] Live, string[] Rebuilt) Audit(CompiledFleetPolicy policy, UnixTime now)
    {
        return (Describe(_indexes), Describe(Rebuild(policy)));

        string[] Describe(FleetIndexes indexes) => [.. indexes.InOrder().Select(slot => $"{_records[slot]!.WorkerId}: {indexes.Describe(slot, now)}")];
    }

    private void Add(WorkerRecord record)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _records.Count;
            _records.Add(null);
        }

        _records[slot] = record with { Slot = slot };
        _slots.Add(record.WorkerId, slot);
        _indexes.Add(slot, record);
    }

    private FleetIndexes Rebuild(CompiledFleetPolicy policy)
    {
        var rebuilt = new FleetIndexes(policy);
        for (var slot = 0; slot < _records.Count; slot++)
        {
            if (_records[slot] is { } record)
            {
                rebuilt.Add(slot, record);
            }
        }

        return rebuilt;
    }
}
