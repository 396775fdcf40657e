using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Host.Admin;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Host.Admin;

public sealed class WorkerNewsTests
{
    private static readonly (WorkerState State, string Reason)[] Life =
    [
        (WorkerState.Registered, WorkerReason.Registered), (WorkerState.Registered, WorkerReason.Heartbeat), (WorkerState.Offline, WorkerReason.HeartbeatStale),
        (WorkerState.Registered, WorkerReason.Heartbeat), (WorkerState.Registered, WorkerReason.Heartbeat),
    ];

    [Fact]
    public void Is_Heartbeat_OnlyWhenItChangedTheState()
    {
        var news = new WorkerNews(heartbeats: false);

        Assert.Equal([true, false, true, true, false], Life.Select(one => news.Is(Event(one))));
    }

    [Fact]
    public void Is_HeartbeatsWanted_Everything()
    {
        var news = new WorkerNews(heartbeats: true);

        Assert.All(Life, one => Assert.True(news.Is(Event(one))));
    }

    [Fact]
    public void Is_ReaderInTheMiddle_KnowsTheStateBefore()
    {
        var fleet = Workers.FleetOf("w-1");
        var news = new WorkerNews(heartbeats: false, fleet.Workers());

        Assert.False(news.Is(Event((WorkerState.Registered, WorkerReason.Heartbeat))));
        Assert.True(news.Is(Event((WorkerState.Draining, WorkerReason.Heartbeat))));
    }

    private static WorkerLifecycleEvent Event((WorkerState State, string Reason) one) => new(WorkerId.Parse("w-1"), one.State, default, one.Reason, Workers.Start);
}
