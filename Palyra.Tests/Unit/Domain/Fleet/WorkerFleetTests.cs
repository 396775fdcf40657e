using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;
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

    [Fact]
    public void Complete_UnverifiedReportAgain_TellsOfTheFailedCleanupAgain()
    {
        var fleet = FleetOf("w-1");
        var lease = fleet.Assign(Id("w-1"), Request(), Lease(1), Start).Value;
        var first = fleet.Complete(Id("w-1"), lease.LeaseId, default, After(10));
        Assert.Equal(("worker.cleanup_failed", WorkerState.Quarantined), (first.Value.ReasonCode, first.Value.State));
        Assert.Equal(first, fleet.Complete(Id("w-1"), lease.LeaseId, default, After(20)));
    }

    [Fact]
    public void Reattest_WorkerThatWasDrainedBeforeItFailed_StartsAfresh()
    {
        var fleet = FleetOf("w-1");
        fleet.Drain(Id("w-1"), null, Start);
        fleet.Quarantine(Id("w-1"), null, After(1));
        fleet.ForceCleanup(Id("w-1"), CleanupReport.Verified, After(2));
        Assert.True(fleet.Reattest(Claims("w-1") with { IssuedAt = After(3) }, After(3)).IsOk);
        fleet.MarkStale(After(60_000));
        Assert.Equal(WorkerState.Registered, fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(60_001)).Value.State);
    }

    [Fact]
    public void Assign_BadRequestForAnUnknownWorker_TellsOfTheRequest()
    {
        var fleet = FleetOf("w-1");
        Assert.Equal("InvalidLeaseRequest", fleet.Assign(Id("w-9"), Request(ttlMs: 0), Lease(1), Start).Refusal?.Code);
        Assert.Equal("UnknownWorker", fleet.Assign(Id("w-9"), Request(), Lease(1), Start).Refusal?.Code);
    }

    [Fact]
    public void Reattest_BadAttestationOfAnUnknownWorker_TellsOfTheAttestation()
    {
        var fleet = FleetOf("w-1");
        Assert.Equal("Expired", fleet.Reattest(Claims("w-9") with { ExpiresAt = Start }, Start).Refusal?.Code);
        Assert.Equal("UnknownWorker", fleet.Reattest(Claims("w-9"), Start).Refusal?.Code);
    }

    [Theory]
    [InlineData(0, 30_000)]
    [InlineData(-5, 30_000)]
    [InlineData(990_000, 20_000)]
    public void Register_HeartbeatInTheAttestation_CountsFromThere(long heartbeat, long freshFor)
    {
        var fleet = FleetOf();
        fleet.Register(Claims("w-1") with { HeartbeatAt = new(heartbeat) }, Start);
        Assert.Empty(fleet.MarkStale(After(freshFor)));
        Assert.Equal("worker.heartbeat_stale", Assert.Single(fleet.MarkStale(After(freshFor + 1))).ReasonCode);
    }

    [Fact]
    public void AssignNext_ClockBackBeforeAStaleHeartbeatThatTheWorkersOwnTimeHasPassed_PassesItOver()
    {
        var fleet = FleetOf("w-1");
        fleet.Drain(Id("w-1"), null, Start);
        fleet.Resume(Id("w-1"), After(30_001));
        Assert.Equal("NoAvailableWorker", fleet.AssignNext(Request(), Lease(1), Start).Refusal?.Code);
        Assert.Equal(WorkerState.Registered, fleet.Get("w-1").State);
    }

    [Fact]
    public void AssignNext_ClockBackBeforeAnExpiryThatTheWorkersOwnTimeHasPassed_PassesItOver()
    {
        var fleet = FleetOf();
        fleet.Register(Claims("w-1") with { ExpiresAt = After(10) }, Start);
        fleet.Drain(Id("w-1"), null, Start);
        fleet.Resume(Id("w-1"), After(10));
        Assert.Equal("NoAvailableWorker", fleet.AssignNext(Request(), Lease(1), Start).Refusal?.Code);
    }

    [Fact]
    public void AssignNext_AttestationThatExpiresNow_IsOver()
    {
        var fleet = FleetOf();
        fleet.Register(Claims("w-1") with { ExpiresAt = After(10) }, Start);
        Assert.Equal("NoAvailableWorker", fleet.AssignNext(Request(), Lease(1), After(10)).Refusal?.Code);
        Assert.True(fleet.AssignNext(Request(), Lease(1), After(9)).IsOk);
    }

    [Fact]
    public void AssignNext_TheOnlyFreeOneOfManyLeaves_FindsTheNextFreeOne()
    {
        var ids = Enumerable.Range(0, 300).Select(i => $"w-{i:D3}").ToArray();
        var fleet = FleetOf(ids);
        foreach (var (id, number) in ids[1..^1].Select((id, number) => (id, number)))
        {
            Assert.True(fleet.Assign(Id(id), Request($"run-{number}"), Lease(number + 1), Start).IsOk);
        }

        Assert.True(fleet.Deregister(Id("w-000"), Start).IsOk);
        Assert.Equal("w-299", fleet.AssignNext(Request("run-last"), Lease(1_000), Start).Value.WorkerId.ToString());
        Assert.DoesNotContain(fleet.MarkStale(After(40_000)), stale => stale.WorkerId == Id("w-000"));
    }

    [Fact]
    public void Register_EnvelopeOfAnotherSender_IsRefusedAndLeavesTheChallengeOpen()
    {
        using var signing = new AttestationSigning();
        var fleet = new WorkerFleet(signing.Policy);
        var envelope = Envelope(fleet, signing);
        Assert.Equal("WorkerIdMismatch", fleet.Register(envelope, new AttestationSender(Id("w-2"), EgressProxyBound: true), Start).Refusal?.Code);
        Assert.True(fleet.Register(envelope, new AttestationSender(Id("W-1"), EgressProxyBound: true), Start).IsOk);
        Assert.Equal("ChallengeMismatch", fleet.Register(envelope, new AttestationSender(Id("w-1"), EgressProxyBound: true), Start).Refusal?.Code);
    }

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, "MissingEgressProxyBinding")]
    [InlineData(false, true, "MissingEgressProxyBinding")]
    public void Register_ProxyClaimOfASender_CountsOnlyIfItIsKnownToo(bool claimed, bool known, string? refusal)
    {
        using var signing = new AttestationSigning();
        var fleet = new WorkerFleet(signing.Policy);
        var admitted = fleet.Register(Envelope(fleet, signing, claimed), new AttestationSender(Id("w-1"), known), Start);
        Assert.Equal(refusal, admitted.Refusal?.Code);
    }

    private static DsseEnvelope Envelope(WorkerFleet fleet, AttestationSigning signing, bool proxy = true)
    {
        var challenge = Enumerable.Repeat((byte)7, 32).ToArray();
        Assert.True(fleet.IssueChallenge(Id("w-1"), challenge, Start).IsOk);
        Assert.True(DsseEnvelope.TryParse(signing.Envelope(Claims("w-1") with { EgressProxyAttested = proxy }, challenge), out var envelope));
        return envelope;
    }
}
