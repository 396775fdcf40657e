using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>What the sweeps and the counts make of workers whose times are up.</summary>
public class FleetSweepTests
{
    private const int Timeout = 30_000;

    private static readonly WorkerFleetPolicy Timed = Policy with { HeartbeatTimeoutMs = Timeout };

    [Fact]
    public void MarkStale_LeaseExpiredBeforeAnybodyReapedIt_OrphansTheWorkerAndDoesNotTakeItOffline()
    {
        var fleet = Of(Timed, "w-1");
        Assert.True(fleet.Assign(Id("w-1"), Request(ttlMs: 10_000), Lease(1), Start).IsOk);

        var swept = Assert.Single(fleet.MarkStale(After(Timeout + 1)));

        Assert.Equal((WorkerState.Orphaned, "worker.ttl_expired"), (swept.State, swept.ReasonCode));
        Assert.Equal(WorkerState.Orphaned, fleet.Get("w-1").State);
        Assert.False(fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(Timeout + 2)).Value.State.IsAssignable());
    }

    [Fact]
    public void Snapshot_FreeAfterWorkAndAfterRecovery_CountsAsAvailable()
    {
        var fleet = Of(Timed, "w-1", "w-2", "w-3");
        fleet.Assign(Id("w-1"), Request(), Lease(1), Start);
        Assert.Equal(WorkerState.Completed, fleet.Complete(Id("w-1"), Lease(1), CleanupReport.Verified, After(1)).Value.State);
        fleet.Heartbeat(Id("w-2"), WorkerHealth.Degraded, Start);
        Assert.Equal(WorkerState.Available, fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(1)).Value.State);

        Assert.Equal(3, fleet.Snapshot().Available);
    }

    [Fact]
    public void AssignNext_WorkerActedOnAtTheLastInstantOfItsHeartbeat_IsFreshAtThatInstantAndNoLater()
    {
        var fleet = Of(Timed, "w-1");
        fleet.Drain(Id("w-1"), null, After(Timeout));
        fleet.Resume(Id("w-1"), After(Timeout));

        Assert.Equal("NoAvailableWorker", Of(Timed, "w-1").AssignNext(Request(), Lease(1), After(Timeout + 1)).Refusal?.Code);
        Assert.True(fleet.AssignNext(Request(), Lease(1), After(Timeout)).IsOk);
    }

    [Fact]
    public void FreshUntil_NoTimeout_IsTheEndOfTimeAlsoForAHeartbeatBeforeTheEpoch()
    {
        var endless = CompiledFleetPolicy.Compile(Policy with { HeartbeatTimeoutMs = ulong.MaxValue });
        var early = Of(Timed, "w-1").Get("w-1") with { LastHeartbeatAt = new UnixTime(-5_000), LastActAt = new UnixTime(-5_000) };

        Assert.True(early.HeartbeatIsFresh(endless, UnixTime.MaxValue));
        Assert.Equal(UnixTime.MaxValue, early.FreshUntil(endless));
    }

    [Fact]
    public void AssignNext_SlotOfAWorkerThatLeft_ServesTheNextOneUnderItsOwnTimes()
    {
        var fleet = Of(Timed, "w-1");
        fleet.Deregister(Id("w-1"), After(1));
        Assert.True(fleet.Register(Claims("w-2") with { HeartbeatAt = After(20_000) }, After(20_000)).IsOk);

        Assert.Empty(fleet.MarkStale(After(Timeout + 1)));
        Assert.Equal(Id("w-2"), fleet.AssignNext(Request(), Lease(1), After(Timeout + 1)).Value.WorkerId);
    }

    [Fact]
    public void NextExpiry_TwoLeases_IsTheEndOfTheOneThatExpiresFirst()
    {
        var fleet = Of(Timed, "w-1", "w-2");
        Assert.Null(fleet.NextExpiry);
        fleet.Assign(Id("w-1"), Request("run-1", ttlMs: 20_000), Lease(1), Start);
        fleet.Assign(Id("w-2"), Request("run-2", ttlMs: 10_000), Lease(2), Start);

        Assert.Equal(After(10_000), fleet.NextExpiry);
        fleet.ReapExpired(After(10_000));
        Assert.Equal(After(20_000), fleet.NextExpiry);
    }

    [Fact]
    public void Audit_SomeWorkers_ComparesEachOfThem()
    {
        var (live, rebuilt) = Of(Timed, "w-1", "w-2").Audit(Start);

        Assert.Equal(2, live.Length);
        Assert.Equal(2, rebuilt.Length);
    }

    private static WorkerFleet Of(WorkerFleetPolicy policy, params string[] workers)
    {
        var fleet = new WorkerFleet(policy);
        foreach (var worker in workers)
        {
            Assert.True(fleet.Register(Claims(worker), Start).IsOk);
        }

        return fleet;
    }
}
