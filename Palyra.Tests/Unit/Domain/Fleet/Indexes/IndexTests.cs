using Palyra.Domain.Fleet;
using Palyra.Domain.Fleet.Indexes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Fleet.Indexes;

/// <summary>Each index against the plainest structure that does the same.</summary>
public class IndexTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void IdTree_ThousandsComeAndGo_KeepsOrderAndFindsTheFirstMarked(int seed, bool ascending)
    {
        var random = new Random(seed);
        var tree = new IdTree(2);
        var plain = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var marked = new[] { new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal) };
        for (var slot = 0; slot < 9_000; slot++)
        {
            var text = ascending ? $"{slot:D6}" : $"{random.Next(1_000_000):D6}-{slot}";
            tree.Insert(slot, text);
            plain.Add(text, slot);
            Mark(slot, text, random.Next(3));
        }

        Assert.Equal(plain.Values, tree.InOrder());
        while (plain.Count > 0)
        {
            var (text, slot) = plain.ElementAt(random.Next(Math.Min(plain.Count, 500)));
            if (random.Next(3) == 0)
            {
                Mark(slot, text, random.Next(3));
            }
            else
            {
                Mark(slot, text, 0);
                tree.Remove(slot);
                plain.Remove(text);
            }

            for (var mark = 0; mark < 2; mark++)
            {
                Assert.Equal(marked[mark].Count == 0 ? -1 : plain[marked[mark].Min!], tree.First(mark));
            }
        }

        tree.Insert(3, "again");
        Assert.Equal([3], tree.InOrder());

        void Mark(int slot, string text, int which)
        {
            for (var mark = 0; mark < 2; mark++)
            {
                tree.Set(slot, mark, which == mark + 1);
                _ = which == mark + 1 ? marked[mark].Add(text) : marked[mark].Remove(text);
                Assert.Equal(which == mark + 1, tree.Has(slot, mark));
            }
        }
    }

    [Fact]
    public void IdTree_MarksAddedAndCleared_LeaveTheOthers()
    {
        var tree = new IdTree(1);
        for (var slot = 0; slot < 5_000; slot++)
        {
            tree.Insert(slot, $"{slot:D5}");
            tree.Set(slot, 0, slot >= 4_999);
        }

        tree.AddMarks(4);
        Assert.Equal((4_999, -1), (tree.First(0), tree.First(3)));
        tree.Set(4_500, 3, true);
        tree.Insert(5_000, "04500-a");
        tree.Set(5_000, 3, true);
        Assert.Equal(4_500, tree.First(3));
        tree.Clear(3);
        Assert.Equal((4_999, -1), (tree.First(0), tree.First(3)));
    }

    [Fact]
    public void SlotHeap_RandomChanges_GivesTheSmallestAndCollectsUpToALimit()
    {
        var random = new Random(7);
        var heap = new SlotHeap();
        var plain = new Dictionary<int, long>();
        for (var i = 0; i < 20_000; i++)
        {
            var slot = random.Next(300);
            if (random.Next(3) == 0)
            {
                heap.Remove(slot);
                plain.Remove(slot);
            }
            else
            {
                var key = random.Next(1_000);
                Assert.Equal(plain.TryAdd(slot, key), heap.Set(slot, key));
                plain[slot] = key;
            }

            Assert.Equal(plain.Count > 0, heap.TryPeek(out var least, out _));
            Assert.Equal(plain.Count > 0 ? plain.Values.Min() : 0, least);
            Assert.Equal(plain.TryGetValue(slot, out var held), heap.TryGetKey(slot, out var known));
            Assert.Equal(held, known);
            if (i % 100 == 0)
            {
                var limit = random.Next(1_000);
                var collected = new List<int>();
                heap.CollectUpTo(limit, collected);
                Assert.Equal(plain.Where(pair => pair.Value <= limit).Select(pair => pair.Key).Order(), collected.Order());
            }
        }
    }

    [Fact]
    public void TimeFrontier_PresentMovesBothWays_SplitsByTheLastGoodInstant()
    {
        var random = new Random(11);
        var frontier = new TimeFrontier();
        var plain = new Dictionary<int, long>();
        var now = 0L;
        AssertMoves(frontier, now, plain);
        for (var i = 0; i < 5_000; i++)
        {
            var slot = random.Next(100);
            switch (random.Next(4))
            {
                case 0:
                    frontier.Remove(slot);
                    plain.Remove(slot);
                    break;
                case 1:
                    now = random.Next(1_000);
                    AssertMoves(frontier, now, plain);
                    break;
                default:
                    var before = plain.TryGetValue(slot, out var held) ? held < now : (bool?)null;
                    plain[slot] = random.Next(1_000);
                    Assert.Equal(before != plain[slot] < now, frontier.Set(slot, new UnixTime(plain[slot])));
                    break;
            }

            if (i % 10 == 0)
            {
                var passed = new List<int>();
                frontier.CollectPassed(passed);
                Assert.Equal(plain.Where(pair => pair.Value < now).Select(pair => pair.Key).Order(), passed.Order());
                Assert.All(plain, pair => Assert.Equal(pair.Value < now, frontier.IsPassed(pair.Key)));
                Assert.All(plain, pair => Assert.True(frontier.TryGetLastGood(pair.Key, out var good) && good.Milliseconds == pair.Value));
            }
        }
    }

    private static void AssertMoves(TimeFrontier frontier, long now, Dictionary<int, long> plain)
    {
        var before = plain.Keys.Where(frontier.IsPassed).ToHashSet();
        var crossed = new List<int>();
        frontier.MoveTo(new UnixTime(now), crossed);
        Assert.Equal(plain.Where(pair => pair.Value < now != before.Contains(pair.Key)).Select(pair => pair.Key).Order(), crossed.Order());
    }

    [Fact]
    public void TimeFrontier_SlotNeverPlaced_IsNowhere()
    {
        var frontier = new TimeFrontier();
        frontier.Set(3, new UnixTime(5));
        frontier.Remove(100);
        Assert.False(frontier.IsPassed(16));
        Assert.False(frontier.IsPassed(2));
        Assert.False(frontier.TryGetLastGood(16, out var at));
        Assert.Equal(0, at.Milliseconds);
    }

    [Fact]
    public void TimeFrontier_LastGoodInstantIsNow_IsAheadStill()
    {
        var frontier = new TimeFrontier();
        frontier.MoveTo(new UnixTime(5), []);
        Assert.True(frontier.Set(1, new UnixTime(5)));
        Assert.False(frontier.IsPassed(1));
        frontier.Set(2, new UnixTime(4));
        Assert.True(frontier.IsPassed(2));
    }

    [Fact]
    public void SlotHeap_Empty_HasNeitherKeyNorSlot()
    {
        var heap = new SlotHeap();
        heap.Set(4, 9);
        heap.Remove(4);
        Assert.False(heap.TryPeek(out var key, out var slot));
        Assert.Equal((0L, -1), (key, slot));
    }

    [Fact]
    public void CapabilityViews_MoreThanTheyHold_TheLeastRecentlyRequiredGivesWay()
    {
        var names = Enumerable.Range(0, CapabilityViews.MaxViews + 50).Select(i => $"c{i:D3}").ToArray();
        var views = new CapabilityViews(CompiledFleetPolicy.Compile(new WorkerFleetPolicy { TrustedCapabilities = names }));
        var first = views.ViewOf([names[0]], out var isNew);
        Assert.True(isNew);
        foreach (var name in names)
        {
            views.ViewOf([name], out _);
            Assert.Same(first, views.ViewOf([names[0]], out isNew));
            Assert.False(isNew);
            Assert.InRange(views.Count, 2, CapabilityViews.MaxViews);
        }

        Assert.Same(views.Any, views.ViewOf([], out _));
        views.ViewOf([names[^1]], out isNew);
        Assert.False(isNew);
        views.ViewOf([names[1]], out isNew);
        Assert.True(isNew);
        Assert.Null(views.ViewOf(["unknown"], out _));
    }

    [Fact]
    public void CapabilityViews_OrderCaseAndRepetition_MakeNoOtherView()
    {
        var views = new CapabilityViews(CompiledFleetPolicy.Compile(new WorkerFleetPolicy { TrustedCapabilities = ["a", "b", "c"] }));
        var view = views.ViewOf(["b", "a"], out _);
        Assert.Same(view, views.ViewOf(["A", "b", "B", "a"], out var isNew));
        Assert.False(isNew);
        Assert.NotSame(view, views.ViewOf(["a", "b", "c"], out _));
    }

    [Fact]
    public void CapabilityViews_SameTrustedCapabilities_AreOneClass()
    {
        var views = new CapabilityViews(CompiledFleetPolicy.Compile(new WorkerFleetPolicy { TrustedCapabilities = ["a", "b"] }));
        var known = views.ClassOf(Workers.Claims("w-1", "a", "b", "untrusted"));
        Assert.Same(known, views.ClassOf(Workers.Claims("w-2", "B", "a")));
        Assert.NotSame(known, views.ClassOf(Workers.Claims("w-3", "a")));
    }

    [Fact]
    public void CapabilityViews_ViewGivesWay_NoClassFitsItAnyMore()
    {
        var names = Enumerable.Range(0, CapabilityViews.MaxViews + 1).Select(i => $"c{i:D3}").ToArray();
        var views = new CapabilityViews(CompiledFleetPolicy.Compile(new WorkerFleetPolicy { TrustedCapabilities = names }));
        var known = views.ClassOf(Workers.Claims("w-1", names[0]));
        var first = views.ViewOf([names[0]], out _);
        Assert.Equal([views.Any, first!], known.Views);
        foreach (var name in names[1..])
        {
            views.ViewOf([name], out _);
        }

        Assert.Equal([views.Any], known.Views);
    }

    [Fact]
    public void IdTree_FourLevelsDeep_KeepsOrderAndFindsTheFirstMarked()
    {
        const int count = 150_000;
        var tree = new IdTree(1);
        for (var slot = 0; slot < count; slot++)
        {
            tree.Insert(slot, $"{slot:D6}");
        }

        tree.Set(count - 1, 0, true);
        Assert.Equal(count - 1, tree.First(0));
        tree.Set(70_000, 0, true);
        Assert.Equal(70_000, tree.First(0));
        Assert.Equal(Enumerable.Range(0, count), tree.InOrder());
    }
}
