using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Time;

/// <summary>
/// Deadlines by due time: the earliest in constant time, adding, moving and removing in logarithmic time. One structure for any number of waiters, so
/// that a waiter costs no timer of its own and one that is done leaves nothing behind.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly List<Deadline> _items = [];

    internal int Count => _items.Count;

    internal bool TryPeek([NotNullWhen(true)] out Deadline? earliest)
    {
        earliest = _items.Count > 0 ? _items[0] : null;
        return earliest is not null;
    }

    /// <summary>Adds the deadline, or moves it when it is in already.</summary>
    internal void Schedule(Deadline deadline, UnixTime due)
    {
        deadline.Due = due;
        if (deadline.Index == Deadline.NotScheduled)
        {
            deadline.Index = _items.Count;
            _items.Add(deadline);
        }

        SiftUp(deadline.Index);
        SiftDown(deadline.Index);
    }

    /// <summary>Removes the deadline, if it is in.</summary>
    internal void Cancel(Deadline deadline)
    {
        var index = deadline.Index;
        if (index == Deadline.NotScheduled)
        {
            return;
        }

        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        deadline.Index = Deadline.NotScheduled;
        if (!ReferenceEquals(last, deadline))
        {
            Place(last, index);
            SiftUp(index);
            SiftDown(last.Index);
        }
    }

    private void SiftUp(int index)
    {
        while (index > 0 && _items[index].Due < _items[(index - 1) / 2].Due)
        {
            Swap(index, (index - 1) / 2);
            index = (index - 1) / 2;
        }
    }

    private void SiftDown(int index)
    {
        while (true)
        {
            var child = (index * 2) + 1;
            if (child >= _items.Count)
            {
                return;
            }

            if (child + 1 < _items.Count && _items[child + 1].Due < _items[child].Due)
            {
                child++;
            }

            if (_items[index].Due <= _items[child].Due)
            {
                return;
            }

            Swap(index, child);
            index = child;
        }
    }

    private void Swap(int left, int right)
    {
        var moved = _items[left];
        Place(_items[right], left);
        Place(moved, right);
    }

    private void Place(Deadline deadline, int index)
    {
        _items[index] = deadline;
        deadline.Index = index;
    }
}
