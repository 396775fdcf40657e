namespace Palyra.Domain.Fleet.Indexes;

/// <summary>Slots ordered by a key, smallest first: a 4-ary heap that knows where each slot is. Every change is O(log n). Not thread-safe.</summary>
internal sealed class SlotHeap
{
    private const int Arity = 4;
    private const int Absent = -1;

    private Entry[] _entries = new Entry[16];
    private int[] _positions = [];

    internal int Count { get; private set; }

    internal bool TryPeek(out long key, out int slot)
    {
        (key, slot) = Count > 0 ? (_entries[0].Key, _entries[0].Slot) : (0, Absent);
        return Count > 0;
    }

    internal bool TryGetKey(int slot, out long key)
    {
        var position = PositionOf(slot);
        key = position == Absent ? 0 : _entries[position].Key;
        return position != Absent;
    }

    /// <summary>Adds a slot, or moves it to another key.</summary>
    /// <returns>Whether it was added.</returns>
    internal bool Set(int slot, long key)
    {
        var position = PositionOf(slot);
        if (position == Absent)
        {
            MakeRoom(slot);
            position = Count++;
            SiftUp(position, new Entry(key, slot));
            return true;
        }

        if (_entries[position].Key != key)
        {
            Settle(position, new Entry(key, slot));
        }

        return false;
    }

    /// <summary>Takes a slot out, if it is in.</summary>
    internal void Remove(int slot)
    {
        var position = PositionOf(slot);
        if (position == Absent)
        {
            return;
        }

        _positions[slot] = Absent;
        var last = _entries[--Count];
        if (position < Count)
        {
            Settle(position, last);
        }
    }

    /// <summary>Adds every slot with a key up to the limit to a list, in no order. O(those).</summary>
    internal void CollectUpTo(long limit, List<int> slots) => CollectUpTo(0, limit, slots);

    private void CollectUpTo(int position, long limit, List<int> slots)
    {
        if (position >= Count || _entries[position].Key > limit)
        {
            return;
        }

        slots.Add(_entries[position].Slot);
        for (var child = (position * Arity) + 1; child <= (position * Arity) + Arity; child++)
        {
            CollectUpTo(child, limit, slots);
        }
    }

    private int PositionOf(int slot) => Count > 0 && slot < _positions.Length ? _positions[slot] : Absent;

    private void MakeRoom(int slot)
    {
        if (slot >= _positions.Length)
        {
            var known = _positions.Length;
            Array.Resize(ref _positions, Math.Max(slot + 1, Math.Max(16, known * 2)));
            _positions.AsSpan(known).Fill(Absent);
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }
    }

    private void Settle(int position, Entry entry)
    {
        if (position > 0 && _entries[(position - 1) / Arity].Key > entry.Key)
        {
            SiftUp(position, entry);
        }
        else
        {
            SiftDown(position, entry);
        }
    }

    private void SiftUp(int position, Entry entry)
    {
        while (position > 0)
        {
            var parent = (position - 1) / Arity;
            if (_entries[parent].Key <= entry.Key)
            {
                break;
            }

            Place(position, _entries[parent]);
            position = parent;
        }

        Place(position, entry);
    }

    private void SiftDown(int position, Entry entry)
    {
        while (true)
        {
            var first = (position * Arity) + 1;
            if (first >= Count)
            {
                break;
            }

            var least = first;
            for (var child = first + 1; child < Math.Min(first + Arity, Count); child++)
            {
                least = _entries[child].Key < _entries[least].Key ? child : least;
            }

            if (_entries[least].Key >= entry.Key)
            {
                break;
            }

            Place(position, _entries[least]);
            position = least;
        }

        Place(position, entry);
    }

    private void Place(int position, Entry entry)
    {
        _entries[position] = entry;
        _positions[entry.Slot] = position;
    }

    private readonly record struct Entry(long Key, int Slot);
}
