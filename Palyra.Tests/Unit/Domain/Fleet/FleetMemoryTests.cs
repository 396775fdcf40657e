using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>What outlives a fleet: who failed closed and when, and how far the fencing tokens have risen.</summary>
public class FleetMemoryTests
{
    private const ulong Block = 1 << 20;

    private readonly MemoryMarkStore _store = new();

    [Fact]
    public void Assign_FirstOfAll_ReservesABlockOfTokensAndTheNextOnesNeedNoWrite()
    {
        var fleet = Fleet("w-1", "w-2");
        Assert.Equal(1UL, Lease(fleet, 1).FencingToken);
        Assert.Equal((1, 1 + Block), (_store.Writes, _store.Saved.FencingCeiling));
        Assert.Equal(2UL, Lease(fleet, 2).FencingToken);
        Assert.Equal(1, _store.Writes);
    }

    [Fact]
    public void Assign_AfterARestart_GivesATokenAboveEveryReservedOne()
    {
        Lease(Fleet("w-1"), 1);
        var (fleet, reserved) = (Fleet("w-1"), _store.Saved.FencingCeiling);
        Assert.Equal(reserved + 1, Lease(fleet, 2).FencingToken);
        Assert.Equal(reserved + 1 + Block, _store.Saved.FencingCeiling);
    }

    [Fact]
    public void Assign_LastTokenOfTheBlock_NeedsNoWriteAndTheNextOneDoes()
    {
        _store.Saved = new FleetMarks(ulong.MaxValue - Block - 10, []);
        var fleet = Fleet("w-1");
        var token = Lease(fleet, 1).FencingToken;
        Assert.Equal((ulong.MaxValue - Block - 9, ulong.MaxValue - 9), (token, _store.Saved.FencingCeiling));
    }

    [Fact]
    public void UseFencingToken_ToTheEndOfItsBlock_NeedsOneWriteAndTheNextTokenAnother()
    {
        var memory = new FleetMemory(_store);
        for (var token = 0UL; token <= Block; token++)
        {
            memory.ReserveFencingToken();
            memory.UseFencingToken();
        }

        Assert.Equal((1, 1 + Block), (_store.Writes, memory.NextFencingToken - 1));
        memory.ReserveFencingToken();
        Assert.Equal((2, 2 + Block + Block), (_store.Writes, _store.Saved.FencingCeiling));
    }

    [Fact]
    public void Quarantine_MarksTheMomentBeforeItAnswersAndOnlyOnce()
    {
        var fleet = Fleet("w-1", "w-2");
        fleet.Quarantine(Workers.Id("w-1"), null, Workers.After(7));
        Assert.Equal([new FleetMark(Workers.Id("w-1"), Workers.After(7))], _store.Saved.Marks);
        Assert.Equal(1, _store.Writes);
        fleet.Heartbeat(Workers.Id("w-2"), WorkerHealth.Healthy, Workers.After(8));
        Assert.Equal(1, _store.Writes);
    }

    [Fact]
    public void Register_AfterARestartWithAnAttestationFromBeforeTheFailure_IsRefused()
    {
        Fleet("w-1").Quarantine(Workers.Id("w-1"), null, Workers.After(7));
        var fleet = new WorkerFleet(Workers.Policy, _store);
        Assert.Equal("AttestationPredatesFailure", fleet.Register(Workers.Attestation("W-1"), Workers.After(8)).Refusal!.Code);
        Assert.True(fleet.Register(Workers.Attestation("w-1") with { IssuedAt = Workers.After(8) }, Workers.After(8)).IsOk);
    }

    [Fact]
    public void Quarantine_StoreFails_TakesTheWorkerOutAndTheNextWriteTellsOfIt()
    {
        var fleet = Fleet("w-1", "w-2");
        _store.IsBroken = true;
        Assert.Throws<FleetMarkStoreException>(() => fleet.Quarantine(Workers.Id("w-1"), null, Workers.After(7)));
        Assert.True(fleet.TryGet(Workers.Id("w-1"), out var worker) && worker.State == WorkerState.Quarantined);
        _store.IsBroken = false;
        fleet.Heartbeat(Workers.Id("w-2"), WorkerHealth.Healthy, Workers.After(8));
        Assert.Equal([new FleetMark(Workers.Id("w-1"), Workers.After(7))], _store.Saved.Marks);
    }

    [Fact]
    public void ReapExpired_LeaseRanOut_MarksTheMomentBeforeItAnswers()
    {
        var fleet = Fleet("w-1");
        var end = Lease(fleet, 1).ExpiresAt;

        fleet.ReapExpired(end);

        Assert.Equal([new FleetMark(Workers.Id("w-1"), end)], _store.Saved.Marks);
    }

    [Fact]
    public void Renew_LeaseRanOut_MarksTheMomentBeforeItRefuses()
    {
        var fleet = Fleet("w-1");
        var lease = Lease(fleet, 1);

        Assert.False(fleet.Renew(lease.WorkerId, lease.LeaseId, 60_000, lease.ExpiresAt).IsOk);

        Assert.Equal([new FleetMark(Workers.Id("w-1"), lease.ExpiresAt)], _store.Saved.Marks);
    }

    [Fact]
    public void Assign_LeaseRanOut_MarksTheMomentBeforeItRefuses()
    {
        var fleet = Fleet("w-1");
        var lease = Lease(fleet, 1);

        Assert.False(fleet.Assign(lease.WorkerId, Workers.Request("run-2"), Workers.Lease(2), lease.ExpiresAt).IsOk);

        Assert.Equal([new FleetMark(Workers.Id("w-1"), lease.ExpiresAt)], _store.Saved.Marks);
    }

    [Fact]
    public void Assign_TokensCannotBeReserved_GrantsNothingAndIsTriedAgain()
    {
        var fleet = Fleet("w-1", "w-2");
        _store.IsBroken = true;
        Assert.Throws<FleetMarkStoreException>(() => Lease(fleet, 1));
        Assert.Throws<FleetMarkStoreException>(() => Lease(fleet, 1));
        Assert.Equal((0, 2), (fleet.Snapshot().ActiveLeases, fleet.Snapshot().Available));
        _store.IsBroken = false;

        Assert.Equal(1UL, Lease(fleet, 1).FencingToken);
        Assert.Equal((1, 1 + Block), (_store.Writes, _store.Saved.FencingCeiling));
    }

    [Fact]
    public void Grants_AFailureCannotBeStored_WaitForIt()
    {
        var fleet = Fleet("w-1", "w-2", "w-3", "w-4");
        var lease = Lease(fleet, 1);
        fleet.Quarantine(Workers.Id("w-3"), null, Workers.After(6));
        var cleaned = new CleanupReport { RemovedWorkspaceScope = true, RemovedArtifacts = true, RemovedLogs = true };
        Assert.True(fleet.ForceCleanup(Workers.Id("w-3"), cleaned, Workers.After(6)).IsOk);
        _store.IsBroken = true;
        Assert.Throws<FleetMarkStoreException>(() => fleet.Quarantine(Workers.Id("w-2"), null, Workers.After(7)));

        Assert.Throws<FleetMarkStoreException>(() => Lease(fleet, 2));
        Assert.Throws<FleetMarkStoreException>(() => fleet.Renew(lease.WorkerId, lease.LeaseId, 60_000, Workers.After(1_000)));
        Assert.Throws<FleetMarkStoreException>(() => fleet.Register(Workers.Attestation("w-5"), Workers.After(8)));
        Assert.Throws<FleetMarkStoreException>(() => fleet.Reattest(Workers.Attestation("w-3") with { IssuedAt = Workers.After(8) }, Workers.After(8)));

        Assert.Equal((4, 1), (fleet.Snapshot().Registered, fleet.Snapshot().ActiveLeases));
        Assert.True(fleet.TryGet(Workers.Id("w-3"), out var failed) && failed.State == WorkerState.Quarantined);
        Assert.True(fleet.TryGet(lease.WorkerId, out var leased) && leased.Lease!.ExpiresAt == lease.ExpiresAt);
        _store.IsBroken = false;
        Assert.True(fleet.Renew(lease.WorkerId, lease.LeaseId, 60_000, Workers.After(1_000)).IsOk);
        Assert.True(fleet.Register(Workers.Attestation("w-5"), Workers.After(1_000)).IsOk);
        Assert.True(fleet.Reattest(Workers.Attestation("w-3") with { IssuedAt = Workers.After(8) }, Workers.After(1_000)).IsOk);
    }

    [Fact]
    public void Register_IdWithATombstone_WritesNothingAgain()
    {
        var fleet = Fleet("w-1");
        fleet.Quarantine(Workers.Id("w-1"), null, Workers.After(7));
        fleet.Deregister(Workers.Id("w-1"), Workers.After(8));
        var writes = _store.Writes;

        Assert.True(fleet.Register(Workers.Attestation("w-1") with { IssuedAt = Workers.After(9) }, Workers.After(9)).IsOk);

        Assert.Equal(writes, _store.Writes);
    }

    private WorkerFleet Fleet(params string[] ids)
    {
        var fleet = new WorkerFleet(Workers.Policy, _store);
        Array.ForEach(ids, id => Assert.True(fleet.Register(Workers.Attestation(id), Workers.Start).IsOk));
        return fleet;
    }

    private static WorkerLease Lease(WorkerFleet fleet, int number) =>
        fleet.AssignNext(Workers.Request($"run-{number}"), Workers.Lease(number), Workers.Start).Value;
}
