using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>
/// Slots that hold good until an instant of their own, split at the present: those ahead and those that have passed. Moving the present costs
/// O(log n) for each slot it passes, so a present that only moves forward pays for each slot once. It may move back. Not thread-safe.
/// </summary>
internal sealed class TimeFrontier
{
    private readonly SlotHeap _ahead = new();

    // Latest first: the complement turns the order of the keys around without overflow.
    private readonly SlotHeap _passed = new();
    private long _present = long.MinValue;

    /// <summary>Places a slot by the last instant it holds good.</summary>
    /// <returns>Whether it came in, or crossed the present.</returns>
    internal bool Set(int slot, UnixTime lastGood)
    {
        var (from, to, key) = lastGood.Milliseconds < _present ? (_ahead, _passed, ~lastGood.Milliseconds) : (_passed, _ahead, lastGood.Milliseconds);
        from.Remove(slot);
        return to.Set(slot, key);
    }

    internal void Remove(int slot)
    {
        _ahead.Remove(slot);
        _passed.Remove(slot);
    }

    internal bool IsPassed(int slot) => _passed.TryGetKey(slot, out _);

    internal bool TryGetLastGood(int slot, out UnixTime lastGood)
    {
        var found = _ahead.TryGetKey(slot, out var key);
        if (!found && _passed.TryGetKey(slot, out var complement))
        {
            (found, key) = (true, ~complement);
        }

        lastGood = new UnixTime(key);
        return found;
    }

    /// <summary>Moves the present, and with it one slot that the present has to pass on its way; -1 when there is none left.</summary>
    internal int MoveOne(UnixTime now)
    {
        _present = now.Milliseconds;
        if (_ahead.TryPeek(out var key, out var slot) && key < _present)
        {
            _ahead.Remove(slot);
            _passed.Set(slot, ~key);
            return slot;
        }

        if (_passed.TryPeek(out var complement, out slot) && ~complement >= _present)
        {
            _passed.Remove(slot);
            _ahead.Set(slot, ~complement);
            return slot;
        }

        return -1;
    }

    /// <summary>Adds every passed slot to a list, in no order.</summary>
    internal void CollectPassed(List<int> slots) => _passed.CollectUpTo(long.MaxValue, slots);
}
