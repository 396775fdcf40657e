using System.Runtime.CompilerServices;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>A node of an <see cref="IdTree"/>: up to 64 slots or children, and for each mark one bit for each of them.</summary>
/// <remarks>Slots and the first marks lie in the node itself: in a large fleet every array of its own would be one more walk to memory.</remarks>
internal sealed class IdTreeNode
{
    private const int Inline = 4;

    private SlotArray _slots;
    private MarkArray _firstMarks;
    private ulong[] _moreMarks;
    private int _marks;

    internal IdTreeNode(bool isLeaf, int marks)
    {
        Children = isLeaf ? null : new IdTreeNode[IdTree.Width];
        Separators = isLeaf ? null : new string[IdTree.Width];
        _marks = marks;
        _moreMarks = marks > Inline ? new ulong[marks - Inline] : [];
    }

    /// <summary>The slots of a leaf, in order.</summary>
    internal ReadOnlySpan<int> Slots => ((Span<int>)_slots)[..Count];

    internal IdTreeNode[]? Children { get; }

    /// <summary>The smallest text that belongs into each child; the first child takes everything below the second's.</summary>
    internal string[]? Separators { get; }

    internal int Count { get; private set; }

    internal IdTreeNode? Parent { get; private set; }

    internal int IndexInParent { get; private set; }

    internal bool IsLeaf => Children is null;

    /// <summary>One bit for each slot or child: whether it, or anything below it, carries the mark.</summary>
    internal ref ulong Mark(int mark) => ref mark < Inline ? ref _firstMarks[mark] : ref _moreMarks[mark - Inline];

    internal int PositionOf(int slot) => Slots.IndexOf(slot);

    /// <summary>Puts a slot into a leaf; what was from that position on moves up.</summary>
    internal void InsertSlot(int at, int slot)
    {
        OpenGap(at);
        _slots[at] = slot;
    }

    internal int ChildFor(string text)
    {
        var (low, high) = (1, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(Separators![middle], text) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>Moves everything from a position on one up; the gap carries no mark.</summary>
    private void OpenGap(int at)
    {
        Shift(at, at + 1, Count - at);
        Count++;
        Renumber(at + 1);
        for (var mark = 0; mark < _marks; mark++)
        {
            ref var bits = ref Mark(mark);
            var above = bits >> at << at;
            bits = (bits ^ above) | (above << 1);
        }
    }

    /// <summary>Takes out what is at a position, and its marks.</summary>
    internal void CloseGap(int at)
    {
        Shift(at + 1, at, Count - at - 1);
        Count--;
        Renumber(at);
        for (var mark = 0; mark < _marks; mark++)
        {
            ref var bits = ref Mark(mark);
            var above = bits >> at >> 1 << at;
            bits = (bits & ((1UL << at) - 1)) | above;
        }
    }

    /// <summary>Puts a child in at a position; this node's own marks at that position and the one before become what those two children say.</summary>
    internal void Adopt(int at, IdTreeNode child, string separator)
    {
        OpenGap(at);
        Children![at] = child;
        Separators![at] = separator;
        child.Parent = this;
        child.IndexInParent = at;
        for (var i = Math.Max(0, at - 1); i <= at; i++)
        {
            for (var mark = 0; mark < _marks; mark++)
            {
                var bit = 1UL << i;
                ref var bits = ref Mark(mark);
                bits = Children[i].Mark(mark) != 0 ? bits | bit : bits & ~bit;
            }
        }
    }

    /// <summary>Moves everything from a position on into a new node, which nobody has adopted yet.</summary>
    internal IdTreeNode SplitOff(int keep)
    {
        var right = new IdTreeNode(IsLeaf, _marks) { Count = Count - keep };
        if (IsLeaf)
        {
            Slots[keep..].CopyTo(right._slots);
        }
        else
        {
            Array.Copy(Children!, keep, right.Children!, 0, right.Count);
            Array.Copy(Separators!, keep, right.Separators!, 0, right.Count);
            Array.Clear(Children!, keep, right.Count);
            for (var i = 0; i < right.Count; i++)
            {
                right.Children![i].Parent = right;
                right.Children[i].IndexInParent = i;
            }
        }

        Count = keep;
        for (var mark = 0; keep < IdTree.Width && mark < _marks; mark++)
        {
            right.Mark(mark) = Mark(mark) >> keep;
            Mark(mark) &= (1UL << keep) - 1;
        }

        return right;
    }

    internal void AddMarks(int marks)
    {
        _marks = marks;
        Array.Resize(ref _moreMarks, Math.Max(0, marks - Inline));
        for (var i = 0; !IsLeaf && i < Count; i++)
        {
            Children![i].AddMarks(marks);
        }
    }

    internal void Clear(int mark)
    {
        if (Mark(mark) == 0)
        {
            return;
        }

        Mark(mark) = 0;
        for (var i = 0; !IsLeaf && i < Count; i++)
        {
            Children![i].Clear(mark);
        }
    }

    private void Shift(int from, int to, int count)
    {
        if (IsLeaf)
        {
            Span<int> slots = _slots;
            slots.Slice(from, count).CopyTo(slots[to..]);
        }
        else
        {
            Array.Copy(Children!, from, Children!, to, count);
            Array.Copy(Separators!, from, Separators!, to, count);
        }
    }

    private void Renumber(int from)
    {
        for (var i = from; !IsLeaf && i < Count; i++)
        {
            Children![i].IndexInParent = i;
        }
    }

    [InlineArray(IdTree.Width)]
    private struct SlotArray
    {
        private int _first;
    }

    [InlineArray(Inline)]
    private struct MarkArray
    {
        private ulong _first;
    }
}
