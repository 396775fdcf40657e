using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Time;

public class DeadlineHeapTests
{
    [Fact]
    public void TryPeek_Empty_GivesNone()
    {
        Assert.False(new DeadlineHeap().TryPeek(out var earliest));
        Assert.Null(earliest);
    }

    [Fact]
    public void Cancel_NotScheduled_ChangesNothing()
    {
        var heap = new DeadlineHeap();
        var (one, other) = (new Item(), new Item());
        heap.Schedule(one, new UnixTime(1));

        heap.Cancel(other);

        Assert.True(heap.Count == 1 && heap.TryPeek(out var earliest) && earliest == one);
    }

    [Fact]
    public void Schedule_Again_MovesIt()
    {
        var heap = new DeadlineHeap();
        var (one, other) = (new Item(), new Item());
        heap.Schedule(one, new UnixTime(1));
        heap.Schedule(other, new UnixTime(2));
        heap.Schedule(one, new UnixTime(3));

        Assert.Equal([other, one], Drain(heap));
    }

    [Fact]
    public void Acts_AnyOrder_KeepEveryDeadlineInOrder()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 300; round++)
        {
            var heap = new DeadlineHeap();
            var items = Enumerable.Range(0, 1 + random.Next(14)).Select(_ => new Item()).ToArray();
            for (var act = 0; act < 60; act++)
            {
                var item = items[random.Next(items.Length)];
                if (random.Next(3) == 0)
                {
                    heap.Cancel(item);
                    Assert.Equal(Deadline.NotScheduled, item.Index);
                }
                else
                {
                    heap.Schedule(item, new UnixTime(random.Next(20)));
                }

                var scheduled = items.Where(each => each.Index != Deadline.NotScheduled).ToArray();
                Assert.Equal(scheduled.Length, heap.Count);
                Assert.Equal(scheduled.Length > 0, heap.TryPeek(out var earliest));
                Assert.Equal(scheduled.Min(each => (UnixTime?)each.Due), earliest?.Due);
                Assert.Equal(Enumerable.Range(0, heap.Count), scheduled.Select(each => each.Index).Order());
            }

            var expected = items.Where(each => each.Index != Deadline.NotScheduled).Select(each => each.Due).Order().ToArray();
            Assert.Equal(expected, Drain(heap).Select(each => each.Due));
        }
    }

    private static List<Deadline> Drain(DeadlineHeap heap)
    {
        var drained = new List<Deadline>();
        while (heap.TryPeek(out var earliest))
        {
            heap.Cancel(earliest);
            drained.Add(earliest);
        }

        return drained;
    }

    private sealed class Item : Deadline;
}
