using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Grpc.Workers;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Adapters.Grpc.Workers;

public class FleetSweeperTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lease_ThatExpires_IsEndedWithoutAnybodyTouchingTheWorker()
    {
        var heard = await SweepAsync(fleet => Assert.True(fleet.Assign(Id("w-1"), Request(ttlMs: 5_000), Lease(1), Start).IsOk), TimeSpan.FromSeconds(5));
        Assert.Equal((WorkerState.Orphaned, WorkerReason.TtlExpired), (heard.State, heard.ReasonCode));
    }

    [Fact]
    public async Task Worker_ThatFallsSilent_IsOfflineWithoutAnybodyAsking()
    {
        var heard = await SweepAsync(_ => { }, TimeSpan.FromSeconds(31));
        Assert.Equal((WorkerState.Offline, WorkerReason.HeartbeatStale), (heard.State, heard.ReasonCode));
    }

    private static async Task<WorkerLifecycleEvent> SweepAsync(Action<WorkerFleet> arrange, TimeSpan later)
    {
        var clock = new FakeTimeProvider(Start.ToDateTimeOffset());
        var fleet = FleetOf("w-1");
        arrange(fleet);
        var first = new FirstEvent();
        using var subscription = fleet.Subscribe(first);
        using var sweeper = new FleetSweeper(fleet, clock);
        await sweeper.StartAsync(CancellationToken.None);
        clock.Advance(later);
        // The sweeper may not have set its timer yet when the clock moved.
        await clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), first.Heard.Task);
        await sweeper.StopAsync(CancellationToken.None);
        return await first.Heard.Task.WaitAsync(Patience);
    }

    private sealed class FirstEvent : IFleetObserver
    {
        internal TaskCompletionSource<WorkerLifecycleEvent> Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease) => Heard.TrySetResult(lifecycleEvent);
    }
}
