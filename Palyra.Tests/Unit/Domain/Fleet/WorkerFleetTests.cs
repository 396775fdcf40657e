using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

public class WorkerFleetTests
{
    [Fact]
    public void AssignNext_SeveralFree_TakesTheSmallestId()
    {
        var fleet = FleetOf("w-3", "w-1", "w-2");
        Assert.Equal("w-1", fleet.AssignNext(Request("run-1"), Lease(1), Start).Value.WorkerId.ToString());
        Assert.Equal("w-2", fleet.AssignNext(Request("run-2"), Lease(2), Start).Value.WorkerId.ToString());
    }

    [Fact]
    public void AssignNext_OneDegraded_TakesItLast()
    {
        var fleet = FleetOf("w-1", "w-2");
        Assert.Equal(WorkerState.Degraded, fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, Start).Value.State);
        Assert.Equal("w-2", fleet.AssignNext(Request("run-1"), Lease(1), Start).Value.WorkerId.ToString());
        Assert.Equal("w-1", fleet.AssignNext(Request("run-2"), Lease(2), Start).Value.WorkerId.ToString());
    }

    [Fact]
    public void Complete_SameReportAgain_AnswersTheSameAndPublishesNothing()
    {
        var fleet = FleetOf("w-1");
        var lease = fleet.Assign(Id("w-1"), Request(), Lease(1), Start).Value;
        var first = fleet.Complete(Id("w-1"), lease.LeaseId, CleanupReport.Verified, After(10));
        var events = fleet.RecentEvents().Count;
        Assert.Equal(first, fleet.Complete(Id("w-1"), lease.LeaseId, CleanupReport.Verified, After(20)));
        Assert.Equal(events, fleet.RecentEvents().Count);
        Assert.Equal("LeaseMismatch", fleet.Complete(Id("w-1"), lease.LeaseId, default, After(20)).Refusal?.Code);
    }

    [Fact]
    public void Assign_GrantAgain_RefusesUntilTheMaximumTtlHasPassedSinceItWasLive()
    {
        var fleet = FleetOf("w-1", "w-2");
        var lease = fleet.Assign(Id("w-1"), Request(), Lease(1), Start).Value;
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-2"), Request(), Lease(2), Start).Refusal?.Code);
        fleet.Complete(Id("w-1"), lease.LeaseId, CleanupReport.Verified, After(10));
        var held = (long)Policy.MaxTtlMs + 10;
        fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(held));
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-2"), Request(), Lease(2), After(held)).Refusal?.Code);
        Assert.True(fleet.Assign(Id("w-2"), Request(), Lease(2), After(held + 1)).IsOk);
    }
}
