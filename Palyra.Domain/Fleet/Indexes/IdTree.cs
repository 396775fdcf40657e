using System.Numerics;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>
/// Slots in the ordinal order of their texts, with marks: the first slot that carries a mark is found in O(log n), however few carry it.
/// A B+ tree of 64-wide nodes; each node has one bit a child for each mark, so a look at one word says which child to follow. Not thread-safe.
/// </summary>
internal sealed class IdTree
{
    internal const int Width = 64;

    private readonly List<string> _texts = [];
    private readonly List<IdTreeNode?> _leaves = [];
    private IdTreeNode _root;
    private int _marks;

    internal IdTree(int marks)
    {
        _marks = marks;
        _root = new IdTreeNode(isLeaf: true, marks);
    }

    /// <summary>Adds a slot. Its text is in no other slot.</summary>
    internal void Insert(int slot, string text)
    {
        while (_texts.Count <= slot)
        {
            _texts.Add("");
            _leaves.Add(null);
        }

        _texts[slot] = text;
        var leaf = _root;
        while (!leaf.IsLeaf)
        {
            leaf = leaf.Children![leaf.ChildFor(text)];
        }

        var at = PositionFor(leaf, text);
        if (leaf.Count == Width)
        {
            var right = Split(leaf, at, text);
            if (at > leaf.Count || (at == leaf.Count && right.Count == 0))
            {
                (leaf, at) = (right, at - leaf.Count);
            }
        }

        leaf.InsertSlot(at, slot);
        _leaves[slot] = leaf;
    }

    /// <summary>Takes out a slot that carries no mark any more.</summary>
    internal void Remove(int slot)
    {
        var node = _leaves[slot]!;
        node.CloseGap(node.PositionOf(slot));
        _leaves[slot] = null;
        _texts[slot] = "";
        while (node.Count == 0 && node.Parent is { } parent)
        {
            parent.CloseGap(node.IndexInParent);
            node = parent;
        }

        if (node.Count == 0)
        {
            _root = new IdTreeNode(isLeaf: true, _marks);
        }
    }

    /// <summary>Puts a mark on a slot, or takes it off.</summary>
    internal void Set(int slot, int mark, bool on)
    {
        var node = _leaves[slot]!;
        var bit = 1UL << node.PositionOf(slot);
        while (true)
        {
            ref var bits = ref node.Mark(mark);
            var before = bits;
            var after = on ? before | bit : before & ~bit;
            bits = after;
            if ((before == 0) == (after == 0) || node.Parent is null)
            {
                return;
            }

            bit = 1UL << node.IndexInParent;
            node = node.Parent;
        }
    }

    internal bool Has(int slot, int mark) => (_leaves[slot]!.Mark(mark) >> _leaves[slot]!.PositionOf(slot) & 1) != 0;

    /// <summary>The first slot in order that carries a mark; -1 when none does.</summary>
    internal int First(int mark)
    {
        var node = _root;
        while (node.Mark(mark) is not 0 and var children)
        {
            var child = BitOperations.TrailingZeroCount(children);
            if (node.IsLeaf)
            {
                return node.Slots[child];
            }

            node = node.Children![child];
        }

        return -1;
    }

    /// <summary>Makes room for marks up to a number, none of them set.</summary>
    internal void AddMarks(int marks)
    {
        _marks = marks;
        _root.AddMarks(marks);
    }

    /// <summary>Takes a mark off every slot.</summary>
    internal void Clear(int mark) => _root.Clear(mark);

    internal IEnumerable<int> InOrder() => InOrder(_root);

    internal int Compare(int left, int right) => string.CompareOrdinal(_texts[left], _texts[right]);

    private static IEnumerable<int> InOrder(IdTreeNode node)
    {
        for (var i = 0; i < node.Count; i++)
        {
            if (node.IsLeaf)
            {
                yield return node.Slots[i];
            }
            else
            {
                foreach (var slot in InOrder(node.Children![i]))
                {
                    yield return slot;
                }
            }
        }
    }

    private int PositionFor(IdTreeNode leaf, string text)
    {
        var (low, high) = (0, leaf.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_texts[leaf.Slots[middle]], text) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private IdTreeNode Split(IdTreeNode leaf, int insertAt, string text)
    {
        if (leaf.Parent is null)
        {
            PushDownRoot();
        }
        else if (leaf.Parent.Count == Width)
        {
            SplitBranch(leaf.Parent);
        }

        // Ids often come in ascending order: a leaf that is full at its right end stays full, and the next one starts with the new text.
        var right = leaf.SplitOff(insertAt == Width ? Width : Width / 2);
        leaf.Parent!.Adopt(leaf.IndexInParent + 1, right, right.Count > 0 ? _texts[right.Slots[0]] : text);
        foreach (var slot in right.Slots)
        {
            _leaves[slot] = right;
        }

        return right;
    }

    private void SplitBranch(IdTreeNode branch)
    {
        if (branch.Parent is null)
        {
            PushDownRoot();
        }
        else if (branch.Parent.Count == Width)
        {
            SplitBranch(branch.Parent);
        }

        var separator = branch.Separators![Width / 2];
        branch.Parent!.Adopt(branch.IndexInParent + 1, branch.SplitOff(Width / 2), separator);
    }

    private void PushDownRoot()
    {
        var old = _root;
        _root = new IdTreeNode(isLeaf: false, _marks);
        _root.Adopt(0, old, "");
    }
}
