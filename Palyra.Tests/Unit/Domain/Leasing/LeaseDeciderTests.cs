using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Leasing;

public class LeaseDeciderTests
{
    [Fact]
    public void Assign_ChecksTheWorkerInOrder()
    {
        // Worst standing first; each line mends the first thing wrong, and the next is told.
        var fleet = FleetOf("w-2");
        var short1 = Claims() with { ExpiresAt = After(100) };
        Assert.True(fleet.Register(short1, Start).IsOk);
        Assert.True(fleet.Assign(Id("w-2"), Request("run-0", grant: "used"), Lease(9), Start).IsOk);
        var request = Request("run-1", grant: "used", capabilities: Sleep);
        Assert.True(fleet.Assign(Id("w-1"), Request("run-2"), Lease(1), Start).IsOk);
        Assert.Equal("TtlExceeded", Code(fleet, request with { TtlMs = 900_001 }, 50));
        Assert.Equal("LeaseAlreadyActive", Code(fleet, request, 50));
        Assert.Equal("Expired", Code(fleet, request, 100));

        fleet = FleetOf("w-1", "w-2");
        fleet.Assign(Id("w-2"), Request("run-0", grant: "used"), Lease(9), Start);
        fleet.Quarantine(Id("w-1"), null, Start);
        Assert.Equal("WorkerFailClosed", Code(fleet, request, 40_000));

        fleet = FleetOf("w-1", "w-2");
        fleet.Assign(Id("w-2"), Request("run-0", grant: "used"), Lease(9), Start);
        fleet.Drain(Id("w-1"), null, Start);
        Assert.Equal("WorkerDraining", Code(fleet, request, 40_000));
        fleet.Resume(Id("w-1"), Start);
        Assert.Equal("WorkerOffline", Code(fleet, request, 40_000));
        fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(40_000));
        Assert.Equal("NoAvailableWorker", Code(fleet, request, 40_000));
        Assert.Equal("GrantAlreadyUsed", Code(fleet, request with { RequiredCapabilities = [] }, 40_000));
        Assert.Null(Code(fleet, Request("run-1", grant: "new"), 40_000));
    }

    [Fact]
    public void Assign_StaleHeartbeat_TakesTheWorkerOfflineWithOneEvent()
    {
        var fleet = FleetOf("w-1");
        Assert.Null(Code(FleetOf("w-1"), Request(), 30_000));
        Assert.Equal("WorkerOffline", Code(fleet, Request(), 30_001));
        Assert.Equal((WorkerState.Offline, WorkerReason.HeartbeatStale, After(30_001)), (fleet.RecentEvents()[0].State, fleet.RecentEvents()[0].ReasonCode, fleet.RecentEvents()[0].At));
        var events = fleet.RecentEvents().Count;
        Assert.Equal("WorkerOffline", Code(fleet, Request(), 30_002));
        Assert.Equal(events, fleet.RecentEvents().Count);
        Assert.Equal(1, fleet.Snapshot().Offline);
    }

    [Fact]
    public void Assign_OfflineUnderAShorterTimeout_StaysOfflineUntilItIsHeard()
    {
        var fleet = FleetOf("w-1");
        Assert.Single(fleet.MarkStale(After(30_001)));
        fleet.SetPolicy(Policy with { HeartbeatTimeoutMs = 60_000 });

        Assert.Equal("WorkerOffline", Code(fleet, Request(), 30_002));
        Assert.Equal(WorkerState.Offline, fleet.Get("w-1").State);
        Assert.True(fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(30_003)).IsOk);
        Assert.Null(Code(fleet, Request(), 30_004));
    }

    [Fact]
    public void AssignNext_StaleHeartbeat_PassesItOverAndMarksNothing()
    {
        var fleet = FleetOf("w-1", "w-2");
        fleet.Heartbeat(Id("w-2"), WorkerHealth.Healthy, After(1));
        Assert.Equal("w-2", fleet.AssignNext(Request(), Lease(1), After(30_001)).Value.WorkerId.ToString());
        Assert.Equal(WorkerState.Registered, fleet.Get("w-1").State);
        // Time set back: the first one is fresh again.
        Assert.Equal("w-1", fleet.AssignNext(Request("run-2"), Lease(2), After(30_000)).Value.WorkerId.ToString());
    }

    [Theory]
    [InlineData(60_000ul, 100_000, 200_000, 60_000)]
    [InlineData(60_000ul, 50_000, 200_000, 50_000)]
    [InlineData(60_000ul, 100_000, 40_000, 40_000)]
    public void Assign_Expiry_IsTheEarliestOfTtlGrantAndAttestation(ulong ttl, long grant, long attestation, long expected)
    {
        var fleet = new WorkerFleet(Policy);
        fleet.Register(Claims() with { ExpiresAt = After(attestation) }, Start);
        var request = Request(ttlMs: ttl);
        var lease = fleet.Assign(Id("w-1"), request with { Grant = request.Grant with { ExpiresAt = After(grant) } }, Lease(1), Start).Value;
        Assert.Equal(After(expected), lease.ExpiresAt);
    }

    [Fact]
    public void Assign_EverythingAtTheEndOfTime_SaturatesAndNeverWraps()
    {
        var policy = Policy with { MaxTtlMs = ulong.MaxValue, MaxAttestationValidityMs = ulong.MaxValue, HeartbeatTimeoutMs = ulong.MaxValue };
        var fleet = new WorkerFleet(policy);
        Assert.True(fleet.Register(Claims() with { IssuedAt = UnixTime.MinValue, ExpiresAt = UnixTime.MaxValue }, Start).IsOk);
        var request = Request(ttlMs: ulong.MaxValue);
        request = request with { Grant = request.Grant with { ExpiresAt = UnixTime.MaxValue } };
        var late = UnixTime.MaxValue.AddMilliseconds(-1);
        Assert.Equal(UnixTime.MaxValue, fleet.Assign(Id("w-1"), request, Lease(1), late).Value.ExpiresAt);
        Assert.Equal("Expired", fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, UnixTime.MaxValue).Refusal?.Code);
        Assert.Equal(WorkerState.Orphaned, fleet.Get("w-1").State);
    }

    [Fact]
    public void Renew_Active_ExtendsUpToGrantAndKeepsTheToken()
    {
        var fleet = FleetOf("w-1");
        var request = Request(ttlMs: 1_000);
        var lease = fleet.Assign(Id("w-1"), request with { Grant = request.Grant with { ExpiresAt = After(5_000) } }, Lease(1), Start).Value;
        Assert.Equal(After(2_500), fleet.Renew(Id("w-1"), lease.LeaseId, 2_000, After(500)).Value.ExpiresAt);
        Assert.Equal(After(2_500), fleet.Renew(Id("w-1"), lease.LeaseId, 1, After(600)).Value.ExpiresAt);
        var renewed = fleet.Renew(Id("w-1"), lease.LeaseId, 900_000, After(2_499)).Value;
        Assert.Equal((After(5_000), lease.FencingToken, lease.LeaseId), (renewed.ExpiresAt, renewed.FencingToken, renewed.LeaseId));
        Assert.Equal("InvalidLeaseRequest", fleet.Renew(Id("w-1"), lease.LeaseId, 0, After(2_500)).Refusal?.Code);
        Assert.Equal("TtlExceeded", fleet.Renew(Id("w-1"), lease.LeaseId, 900_001, After(2_500)).Refusal?.Code);
        Assert.Equal("LeaseMismatch", fleet.Renew(Id("w-1"), Lease(2), 1, After(2_500)).Refusal?.Code);
        Assert.Equal("LeaseMismatch", fleet.Renew(Id("w-1"), lease.LeaseId, 1, After(5_000)).Refusal?.Code);
        Assert.Equal((WorkerState.Orphaned, WorkerReason.TtlExpired), (fleet.Get("w-1").State, fleet.RecentEvents()[0].ReasonCode));
    }

    [Fact]
    public void Renew_AttestationNoLongerMeetsThePolicy_IsRefused()
    {
        var fleet = FleetOf("w-1");
        var lease = fleet.Assign(Id("w-1"), Request(), Lease(1), Start).Value;
        fleet.SetPolicy(Policy with { RequiredSdkProtocolVersion = 2 });
        Assert.Equal("CompatibilityMismatch", fleet.Renew(Id("w-1"), lease.LeaseId, 1_000, After(1)).Refusal?.Code);
        Assert.Equal(lease, fleet.Get("w-1").Lease);
    }

    [Theory]
    [InlineData("Assign", "WorkerFailClosed")]
    [InlineData("Start", "LeaseMismatch")]
    [InlineData("Complete", "LeaseMismatch")]
    [InlineData("Revoke", "LeaseMismatch")]
    [InlineData("Heartbeat", null)]
    [InlineData("Drain", "WorkerFailClosed")]
    [InlineData("Reverify", "WorkerFailClosed")]
    [InlineData("Resume", "WorkerFailClosed")]
    [InlineData("Register", "AlreadyRegistered")]
    [InlineData("Deregister", null)]
    [InlineData("ForceCleanup", null)]
    public void AnyAct_MeetsAnExpiredLease_FirstEndsIt(string act, string? code)
    {
        var fleet = FleetOf("w-1");
        fleet.Assign(Id("w-1"), Request(ttlMs: 1_000), Lease(1), Start);
        var (worker, now) = (Id("w-1"), After(1_000));
        var refusal = act switch
        {
            "Assign" => fleet.Assign(worker, Request("run-2"), Lease(2), now).Refusal,
            "Start" => fleet.Start(worker, Lease(1), now).Refusal,
            "Complete" => fleet.Complete(worker, Lease(1), CleanupReport.Verified, now).Refusal,
            "Revoke" => fleet.RevokeLease(worker, null, null, now).Refusal,
            "Heartbeat" => fleet.Heartbeat(worker, WorkerHealth.Healthy, now).Refusal,
            "Drain" => fleet.Drain(worker, null, now).Refusal,
            "Reverify" => fleet.Reverify(worker, now).Refusal,
            "Resume" => fleet.Resume(worker, now).Refusal,
            "Register" => fleet.Register(Claims(), now).Refusal,
            "Deregister" => fleet.Deregister(worker, now).Refusal,
            _ => fleet.ForceCleanup(worker, CleanupReport.Verified, now).Refusal,
        };
        Assert.Equal(code, refusal?.Code);
        Assert.Contains(fleet.RecentEvents(), e => e is { ReasonCode: WorkerReason.TtlExpired, State: WorkerState.Orphaned } && e.At == now && e.RunId == Request().RunId);
        Assert.Equal(0, fleet.Snapshot().ActiveLeases);
    }

    [Fact]
    public void Act_TimestampedBeforeTheLastOne_IsAppliedAtTheLastOnesTime()
    {
        var fleet = FleetOf("w-1");
        fleet.Drain(Id("w-1"), null, After(500));
        Assert.Equal(After(500), fleet.Resume(Id("w-1"), After(100)).Value.At);
        Assert.Equal(After(500), fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(200)).Value.At);
        Assert.Equal(After(500), fleet.Get("w-1").LastHeartbeatAt);
        Assert.Equal(After(1_500), fleet.Assign(Id("w-1"), Request(ttlMs: 1_000), Lease(1), After(100)).Value.ExpiresAt);
    }

    [Fact]
    public void FencingToken_RisesWithEveryLeaseOfTheFleet_AndNotWithRefusals()
    {
        var fleet = FleetOf("w-1", "w-2");
        Assert.Equal(1ul, fleet.Assign(Id("w-2"), Request("run-1"), Lease(1), Start).Value.FencingToken);
        Assert.False(fleet.Assign(Id("w-2"), Request("run-2"), Lease(2), Start).IsOk);
        Assert.Equal(2ul, fleet.AssignNext(Request("run-3"), Lease(3), Start).Value.FencingToken);
    }

    private static string? Code(WorkerFleet fleet, LeaseRequest request, long at) => fleet.Assign(Id("w-1"), request, Lease(2), After(at)).Refusal?.Code;
}
