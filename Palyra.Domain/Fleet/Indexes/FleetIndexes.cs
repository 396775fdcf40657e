using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>
/// Every index over a fleet under one policy: the order of ids with the workers that may be leased marked, the ends of leases, the times at which
/// heartbeats go stale and attestations expire. Rebuilt from the records it would be the same. Not thread-safe.
/// </summary>
internal sealed class FleetIndexes(CompiledFleetPolicy policy)
{
    private readonly SlotHeap _leaseEnds = new();
    private readonly TimeFrontier _fresh = new();
    private readonly TimeFrontier _attested = new();
    private readonly CapabilityViews _views = new(policy);
    private readonly IdTree _order = new(marks: 2);
    private readonly List<int> _crossed = [];
    private Entry[] _entries = new Entry[16];
    private int _marks = 2;

    private enum Listing : byte
    {
        No = 0,
        Well,
        Degraded,
    }

    internal UnixTime? NextLeaseEnd => _leaseEnds.TryPeek(out var end, out _) ? new UnixTime(end) : null;

    /// <summary>Takes a new worker in.</summary>
    internal void Add(int slot, WorkerRecord worker)
    {
        if (slot >= _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(slot + 1, _entries.Length * 2));
        }

        _order.Insert(slot, worker.WorkerId.ToString());
        Admit(slot, worker);
        FollowLease(slot, worker);
        FollowFreshness(slot, worker);
        FollowAttestation(slot, worker);
        FollowState(slot, worker);
    }

    /// <summary>Follows a worker from one record to the next. Touches only what the step changed.</summary>
    internal void Change(int slot, WorkerRecord before, WorkerRecord after)
    {
        var isReadmitted = !ReferenceEquals(before.Attestation, after.Attestation);
        if (isReadmitted)
        {
            List(slot, Listing.No);
            Admit(slot, after);
        }

        if (!ReferenceEquals(before.Lease, after.Lease))
        {
            FollowLease(slot, after);
        }

        var crossed = (IsTimed(before) != IsTimed(after) || before.FreshUntil(policy) != after.FreshUntil(policy)) && FollowFreshness(slot, after);
        if (IsTimed(before) != IsTimed(after) || before.AttestedUntil() != after.AttestedUntil())
        {
            crossed |= FollowAttestation(slot, after);
        }

        if (crossed || isReadmitted || before.State != after.State)
        {
            FollowState(slot, after);
        }
    }

    internal void Remove(int slot)
    {
        List(slot, Listing.No);
        _order.Remove(slot);
        _leaseEnds.Remove(slot);
        _fresh.Remove(slot);
        _attested.Remove(slot);
        _entries[slot] = default;
    }

    /// <summary>The first worker in order that may be leased for these capabilities at this time, a degraded one only when no other may; -1 when none may.</summary>
    internal int FindCandidate(IReadOnlyList<string> required, UnixTime now)
    {
        MoveTo(now);
        if (_views.ViewOf(required, out var isNew) is not { } view)
        {
            return -1;
        }

        if (isNew)
        {
            Fill(view);
        }

        var well = _order.First(view.WellMark);
        return well >= 0 ? well : _order.First(view.DegradedMark);
    }

    /// <summary>The slots whose lease ends at or before a time, in the order of ids.</summary>
    internal List<int> LeasesEndedBy(UnixTime now)
    {
        var slots = new List<int>();
        _leaseEnds.CollectUpTo(now.Milliseconds, slots);
        slots.Sort(_order.Compare);
        return slots;
    }

    /// <summary>The slots whose heartbeat is stale at a time and has not been acted on, in the order of ids.</summary>
    internal List<int> StaleAt(UnixTime now)
    {
        MoveTo(now);
        var slots = new List<int>();
        _fresh.CollectPassed(slots);
        slots.Sort(_order.Compare);
        return slots;
    }

    internal IEnumerable<int> InOrder() => _order.InOrder();

    /// <summary>What the indexes say of one slot, for a comparison with rebuilt ones.</summary>
    internal string Describe(int slot, UnixTime now)
    {
        MoveTo(now);
        var marks = Enumerable.Range(0, 2).Select(mark => _order.Has(slot, mark));
        return $"listed {_entries[slot].Listed} {string.Join('/', marks)}, fresh until {(_fresh.TryGetLastGood(slot, out var fresh) ? fresh : null)}, " +
            $"attested until {(_attested.TryGetLastGood(slot, out var attested) ? attested : null)}, lease ends {(_leaseEnds.TryGetKey(slot, out var end) ? end : null)}";
    }

    private void Admit(int slot, WorkerRecord worker)
    {
        _entries[slot].Class = _views.ClassOf(worker.Attestation);
        _entries[slot].ClaimsHold = AttestationDecider.CheckClaims(worker.Attestation, policy) is null;
    }

    // Neither a fail-closed worker nor one that is offline already can go stale.
    private static bool IsTimed(WorkerRecord worker) => !worker.State.IsFailClosed() && worker.State != WorkerState.Offline;

    private void FollowLease(int slot, WorkerRecord worker)
    {
        if (worker.Lease is { } lease)
        {
            _leaseEnds.Set(slot, lease.ExpiresAt.Milliseconds);
        }
        else
        {
            _leaseEnds.Remove(slot);
        }
    }

    private bool FollowFreshness(int slot, WorkerRecord worker)
    {
        if (IsTimed(worker))
        {
            return _fresh.Set(slot, worker.FreshUntil(policy));
        }

        _fresh.Remove(slot);
        return true;
    }

    private bool FollowAttestation(int slot, WorkerRecord worker)
    {
        if (IsTimed(worker))
        {
            return _attested.Set(slot, worker.AttestedUntil());
        }

        _attested.Remove(slot);
        return true;
    }

    private void FollowState(int slot, WorkerRecord worker)
    {
        _entries[slot].Wanted = !worker.State.IsAssignable() || !_entries[slot].ClaimsHold ? Listing.No
            : worker.State == WorkerState.Degraded ? Listing.Degraded
            : Listing.Well;
        Relist(slot);
    }

    // INVARIANT: a worker is listed exactly when a scan would find it fit, capabilities apart, at the time the indexes were moved to last.
    private void Relist(int slot) =>
        List(slot, _entries[slot].Wanted == Listing.No || _fresh.IsPassed(slot) || _attested.IsPassed(slot) ? Listing.No : _entries[slot].Wanted);

    private void List(int slot, Listing listing)
    {
        ref var entry = ref _entries[slot];
        if (entry.Listed == listing)
        {
            return;
        }

        foreach (var view in entry.Class.Views)
        {
            if (entry.Listed != Listing.No)
            {
                _order.Set(slot, entry.Listed == Listing.Well ? view.WellMark : view.DegradedMark, false);
            }

            if (listing != Listing.No)
            {
                _order.Set(slot, listing == Listing.Well ? view.WellMark : view.DegradedMark, true);
            }
        }

        entry.Listed = listing;
    }

    private void MoveTo(UnixTime now)
    {
        _fresh.MoveTo(now, _crossed);
        _attested.MoveTo(now, _crossed);
        foreach (var slot in _crossed)
        {
            Relist(slot);
        }

        _crossed.Clear();
    }

    private void Fill(View view)
    {
        if (view.DegradedMark >= _marks)
        {
            _marks = Math.Min(_marks * 2, CapabilityViews.MaxViews * 2);
            _order.AddMarks(_marks);
        }

        _order.Clear(view.WellMark);
        _order.Clear(view.DegradedMark);
        foreach (var slot in _order.InOrder())
        {
            var listed = _entries[slot].Listed;
            if (listed != Listing.No && _entries[slot].Class.Views.Contains(view))
            {
                _order.Set(slot, listed == Listing.Well ? view.WellMark : view.DegradedMark, true);
            }
        }
    }

    private struct Entry
    {
        internal CapabilityClass Class;
        internal bool ClaimsHold;
        internal Listing Wanted;
        internal Listing Listed;
    }
}
