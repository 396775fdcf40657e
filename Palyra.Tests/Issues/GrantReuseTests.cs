using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Issues;

/// <summary>
/// A refused assignment, far ahead of the others' time, freed every grant; a grant was judged by the maximum that was in force when it was leased,
/// and by the clock of the worker that was to have it: a worker ahead of the others got a grant whose lease was still live.
/// </summary>
public class GrantReuseTests
{
    [Fact]
    public void Assign_AfterARefusalFarAhead_StillKnowsTheGrant()
    {
        var fleet = AfterOneLease(Policy);
        Assert.Equal("WorkerOffline", fleet.Assign(Id("w-2"), Request(), Lease(2), After(5_000_000)).Refusal?.Code);
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-1"), Request(), Lease(3), After(30)).Refusal?.Code);
    }

    [Fact]
    public void Assign_AfterAnotherLeaseEndedFarAhead_StillKnowsTheGrant()
    {
        var fleet = AfterOneLease(Policy);
        Assert.True(fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(5_000_000)).IsOk);
        Assert.True(fleet.Assign(Id("w-2"), Request("run-2"), Lease(2), After(5_000_000)).IsOk);
        Assert.True(fleet.Complete(Id("w-2"), Lease(2), CleanupReport.Verified, After(5_000_001)).IsOk);
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-1"), Request(), Lease(3), After(30)).Refusal?.Code);
    }

    [Theory]
    [InlineData(900_000, 1_000, 1_020, "GrantAlreadyUsed")]
    [InlineData(900_000, 1_000, 1_021, null)]
    [InlineData(60_000, 900_000, 900_020, "GrantAlreadyUsed")]
    [InlineData(60_000, 900_000, 900_021, null)]
    public void Assign_PolicyChangedSince_GoesByTheOneInForce(ulong before, ulong after, long at, string? code)
    {
        var fleet = AfterOneLease(Policy with { MaxTtlMs = before });
        fleet.SetPolicy(Policy with { MaxTtlMs = after });
        Assert.True(fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(at)).IsOk);
        Assert.Equal(code, fleet.Assign(Id("w-1"), Request(ttlMs: 1_000), Lease(2), After(at)).Refusal?.Code);
    }

    [Fact]
    public void Assign_WorkersOwnTimeIsAhead_FreesNoGrant()
    {
        var fleet = AfterOneLease(Policy);
        Assert.True(fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(900_021)).IsOk);
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-2"), Request(), Lease(2), After(30)).Refusal?.Code);
    }

    [Fact]
    public void AssignNext_WhileTheGrantIsLiveElsewhere_LeasesItToNobodyAhead()
    {
        var fleet = AfterOneLease(Policy);
        Assert.True(fleet.Assign(Id("w-1"), Request("run-2"), Lease(2), After(100)).IsOk);
        Assert.True(fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(2_000_000)).IsOk);
        Assert.Equal("GrantAlreadyUsed", fleet.AssignNext(Request("run-2"), Lease(3), After(90)).Refusal?.Code);
    }

    [Fact]
    public void End_ManyGrantsLongAgo_ForgetsAllButTheLatest()
    {
        var ledger = new GrantLedger();
        var (first, lease) = (GrantId.Parse("g-0"), LeaseOf("g-0"));
        for (var i = 0; i < GrantLedger.AlwaysKnown * 2; i++)
        {
            lease = LeaseOf($"g-{i}");
            ledger.Hold(lease);
            ledger.End(lease, After(i), 10);
        }

        Assert.Equal(GrantLedger.AlwaysKnown, ledger.Count);
        Assert.False(ledger.IsUsed(first, After(0), 10));
        Assert.True(ledger.IsUsed(lease.Grant.GrantId, After(0), 10));
    }

    private static WorkerFleet AfterOneLease(WorkerFleetPolicy policy)
    {
        var fleet = new WorkerFleet(policy);
        Assert.True(fleet.Register(Claims("w-1"), Start).IsOk);
        Assert.True(fleet.Register(Claims("w-2"), Start).IsOk);
        Assert.True(fleet.Assign(Id("w-1"), Request(), Lease(1), After(10)).IsOk);
        Assert.True(fleet.Complete(Id("w-1"), Lease(1), CleanupReport.Verified, After(20)).IsOk);
        return fleet;
    }

    private static WorkerLease LeaseOf(string grant)
    {
        var request = Request(grant: grant);
        return new WorkerLease
        {
            LeaseId = Lease(1),
            WorkerId = Id("w-1"),
            ExpiresAt = After(1_000_000),
            FencingToken = 1,
            RequiredCapabilities = [],
            Workspace = request.Workspace,
            Transport = request.Transport,
            Grant = request.Grant,
        };
    }
}
