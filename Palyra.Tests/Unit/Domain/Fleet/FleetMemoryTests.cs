using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>What outlives a fleet: who failed closed and when, and how far the fencing tokens have risen.</summary>
public class FleetMemoryTests
{
    private const ulong Block = 1 << 20;

    private readonly MarkStore _store = new();

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
            memory.UseFencingToken();
            memory.Flush();
        }

        Assert.Equal((1, 1 + Block), (_store.Writes, memory.NextFencingToken - 1));
        memory.UseFencingToken();
        memory.Flush();
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
        Assert.Throws<IOException>(() => fleet.Quarantine(Workers.Id("w-1"), null, Workers.After(7)));
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

    private WorkerFleet Fleet(params string[] ids)
    {
        var fleet = new WorkerFleet(Workers.Policy, _store);
        Array.ForEach(ids, id => Assert.True(fleet.Register(Workers.Attestation(id), Workers.Start).IsOk));
        return fleet;
    }

    private static WorkerLease Lease(WorkerFleet fleet, int number) =>
        fleet.AssignNext(Workers.Request($"run-{number}"), Workers.Lease(number), Workers.Start).Value;

    private sealed class MarkStore : IFleetMarkStore
    {
        internal FleetMarks Saved { get; set; } = FleetMarks.Empty;

        internal int Writes { get; private set; }

        internal bool IsBroken { get; set; }

        public FleetMarks Load() => Saved;

        public void Save(FleetMarks marks)
        {
            if (IsBroken)
            {
                throw new IOException("The disk is full.");
            }

            (Saved, Writes) = (marks, Writes + 1);
        }
    }
}
