using System.Runtime.InteropServices;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>
/// Slots that hold good until an instant of their own, split at the present: those ahead and those that have passed. Slots of one instant share a
/// bucket, and only buckets are ordered: a slot changes to an instant that others have in O(1), to a new one in O(log n). Moving the present costs
/// O(log n) for each bucket and O(1) for each slot it passes. It may move back. Not thread-safe.
/// </summary>
internal sealed class TimeFrontier
{
    private const int None = -1;

    private readonly Dictionary<long, int> _numbers = [];
    private readonly Stack<int> _free = new();
    private readonly SlotHeap _ahead = new();

    // Latest first: the complement turns the order of the instants around without overflow.
    private readonly SlotHeap _passed = new();
    private Bucket[] _buckets = new Bucket[16];
    private Link[] _links = new Link[16];
    private long _present = long.MinValue;

    /// <summary>Places a slot by the last instant it holds good.</summary>
    /// <returns>Whether it came in, or crossed the present.</returns>
    internal bool Set(int slot, UnixTime lastGood)
    {
        if (slot >= _links.Length)
        {
            Array.Resize(ref _links, Math.Max(slot + 1, _links.Length * 2));
        }

        var wasAhead = _links[slot].IsIn && !_buckets[_links[slot].Bucket].IsPassed;
        var wasPassed = _links[slot].IsIn && !wasAhead;
        Remove(slot);
        var number = BucketOf(lastGood.Milliseconds);
        ref var bucket = ref _buckets[number];
        _links[slot] = new Link(number, None, bucket.First);
        if (bucket.First != None)
        {
            _links[bucket.First].Previous = slot;
        }

        bucket.First = slot;
        return bucket.IsPassed ? !wasPassed : !wasAhead;
    }

    /// <summary>Takes a slot out, if it is in.</summary>
    internal void Remove(int slot)
    {
        if (slot >= _links.Length || !_links[slot].IsIn)
        {
            return;
        }

        var link = _links[slot];
        _links[slot] = default;
        if (link.Next != None)
        {
            _links[link.Next].Previous = link.Previous;
        }

        if (link.Previous != None)
        {
            _links[link.Previous].Next = link.Next;
            return;
        }

        _buckets[link.Bucket].First = link.Next;
        if (link.Next == None)
        {
            Drop(link.Bucket);
        }
    }

    internal bool IsPassed(int slot) => slot < _links.Length && _links[slot].IsIn && _buckets[_links[slot].Bucket].IsPassed;

    internal bool TryGetLastGood(int slot, out UnixTime lastGood)
    {
        var found = slot < _links.Length && _links[slot].IsIn;
        lastGood = new UnixTime(found ? _buckets[_links[slot].Bucket].Instant : 0);
        return found;
    }

    /// <summary>Moves the present, and adds every slot that it passes on its way to a list.</summary>
    internal void MoveTo(UnixTime now, List<int> crossed)
    {
        _present = now.Milliseconds;
        while (_ahead.TryPeek(out var instant, out var number) && instant < _present)
        {
            _ahead.Remove(number);
            _passed.Set(number, ~instant);
            Cross(number, isPassed: true, crossed);
        }

        while (_passed.TryPeek(out var complement, out var number) && ~complement >= _present)
        {
            _passed.Remove(number);
            _ahead.Set(number, ~complement);
            Cross(number, isPassed: false, crossed);
        }
    }

    /// <summary>Adds every passed slot to a list, in no order.</summary>
    internal void CollectPassed(List<int> slots)
    {
        var numbers = new List<int>();
        _passed.CollectUpTo(long.MaxValue, numbers);
        numbers.ForEach(number => Collect(number, slots));
    }

    private void Cross(int number, bool isPassed, List<int> crossed)
    {
        _buckets[number].IsPassed = isPassed;
        Collect(number, crossed);
    }

    private void Collect(int number, List<int> slots)
    {
        for (var slot = _buckets[number].First; slot != None; slot = _links[slot].Next)
        {
            slots.Add(slot);
        }
    }

    private int BucketOf(long instant)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, instant, out var exists);
        if (exists)
        {
            return number;
        }

        if (!_free.TryPop(out number))
        {
            number = _numbers.Count - 1;
            if (number == _buckets.Length)
            {
                Array.Resize(ref _buckets, number * 2);
            }
        }

        var isPassed = instant < _present;
        _buckets[number] = new Bucket { Instant = instant, First = None, IsPassed = isPassed };
        _ = isPassed ? _passed.Set(number, ~instant) : _ahead.Set(number, instant);
        return number;
    }

    private void Drop(int number)
    {
        _numbers.Remove(_buckets[number].Instant);
        (_buckets[number].IsPassed ? _passed : _ahead).Remove(number);
        _free.Push(number);
    }

    private struct Bucket
    {
        internal long Instant;
        internal int First;
        internal bool IsPassed;
    }

    // A slot's place in the chain of its bucket. The default is not in any.
    private struct Link(int bucket, int previous, int next)
    {
        private readonly int _bucketPlusOne = bucket + 1;

        internal int Previous = previous;
        internal int Next = next;

        internal readonly bool IsIn => _bucketPlusOne != 0;

        internal readonly int Bucket => _bucketPlusOne - 1;
    }
}
