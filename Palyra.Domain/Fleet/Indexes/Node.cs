namespace Palyra.Domain.Fleet.Indexes;

/// <summary>A node of an <see cref="IdTree"/>: up to 64 slots or children, and for each mark one bit for each of them.</summary>
internal sealed class Node
{
    internal Node(bool isLeaf, int marks)
    {
        Slots = isLeaf ? new int[IdTree.Width] : null;
        Children = isLeaf ? null : new Node[IdTree.Width];
        Separators = isLeaf ? null : new string[IdTree.Width];
        Marks = new ulong[marks];
    }

    internal int[]? Slots { get; }

    internal Node[]? Children { get; }

    /// <summary>The smallest text that belongs into each child; the first child takes everything below the second's.</summary>
    internal string[]? Separators { get; }

    internal ulong[] Marks { get; private set; }

    internal int Count { get; private set; }

    internal Node? Parent { get; private set; }

    internal int IndexInParent { get; private set; }

    internal bool IsLeaf => Slots is not null;

    internal int PositionOf(int slot) => Slots.AsSpan(0, Count).IndexOf(slot);

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
    internal void OpenGap(int at)
    {
        Shift(at, at + 1, Count - at);
        Count++;
        Renumber(at + 1);
        for (var mark = 0; mark < Marks.Length; mark++)
        {
            var above = Marks[mark] >> at << at;
            Marks[mark] = (Marks[mark] ^ above) | (above << 1);
        }
    }

    /// <summary>Takes out what is at a position, and its marks.</summary>
    internal void CloseGap(int at)
    {
        Shift(at + 1, at, Count - at - 1);
        Count--;
        Renumber(at);
        for (var mark = 0; mark < Marks.Length; mark++)
        {
            var above = Marks[mark] >> at >> 1 << at;
            Marks[mark] = (Marks[mark] & ((1UL << at) - 1)) | above;
        }
    }

    /// <summary>Puts a child in at a position; this node's own marks at that position and the one before become what those two children say.</summary>
    internal void Adopt(int at, Node child, string separator)
    {
        OpenGap(at);
        Children![at] = child;
        Separators![at] = separator;
        child.Parent = this;
        child.IndexInParent = at;
        for (var i = Math.Max(0, at - 1); i <= at; i++)
        {
            for (var mark = 0; mark < Marks.Length; mark++)
            {
                var bit = 1UL << i;
                Marks[mark] = Children[i].Marks[mark] != 0 ? Marks[mark] | bit : Marks[mark] & ~bit;
            }
        }
    }

    /// <summary>Moves everything from a position on into a new node, which nobody has adopted yet.</summary>
    internal Node SplitOff(int keep)
    {
        var right = new Node(IsLeaf, Marks.Length) { Count = Count - keep };
        if (IsLeaf)
        {
            Array.Copy(Slots!, keep, right.Slots!, 0, right.Count);
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
        for (var mark = 0; keep < IdTree.Width && mark < Marks.Length; mark++)
        {
            right.Marks[mark] = Marks[mark] >> keep;
            Marks[mark] &= (1UL << keep) - 1;
        }

        return right;
    }

    internal void AddMarks(int marks)
    {
        var grown = Marks;
        Array.Resize(ref grown, marks);
        Marks = grown;
        for (var i = 0; !IsLeaf && i < Count; i++)
        {
            Children![i].AddMarks(marks);
        }
    }

    internal void Clear(int mark)
    {
        if (Marks[mark] == 0)
        {
            return;
        }

        Marks[mark] = 0;
        for (var i = 0; !IsLeaf && i < Count; i++)
        {
            Children![i].Clear(mark);
        }
    }

    private void Shift(int from, int to, int count)
    {
        if (IsLeaf)
        {
            Array.Copy(Slots!, from, Slots!, to, count);
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
}
