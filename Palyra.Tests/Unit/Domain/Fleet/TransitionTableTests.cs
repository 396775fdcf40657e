using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>Every act on a worker in every situation: where it leads and why, or which code refuses it and that nothing changes.</summary>
public class TransitionTableTests
{
    private static readonly string[] Idle = ["Registered", "Available", "Completed", "Degraded"];
    private static readonly string[] WithLease = ["Leased", "Busy", "DrainingLeased"];
    private static readonly string[] FailClosed = ["Quarantined", "QuarantinedClean", "Orphaned", "OrphanedClean"];
    private static readonly string[] Everywhere = [.. Situations.All.Keys];

    private static readonly Dictionary<string, Func<WorkerFleet, Result<WorkerLifecycleEvent>>> Acts = new()
    {
        ["Register"] = fleet => fleet.Register(Fresh, After(1)),
        ["Start"] = fleet => fleet.Start(Id("w-1"), Lease(1), After(1)),
        ["Heartbeat"] = fleet => fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(1)),
        ["Heartbeat degraded"] = fleet => fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, After(1)),
        ["Complete"] = fleet => fleet.Complete(Id("w-1"), Lease(1), CleanupReport.Verified, After(1)),
        ["Complete unverified"] = fleet => fleet.Complete(Id("w-1"), Lease(1), default, After(1)),
        ["Complete another lease"] = fleet => fleet.Complete(Id("w-1"), Lease(9), CleanupReport.Verified, After(1)),
        ["Force cleanup"] = fleet => fleet.ForceCleanup(Id("w-1"), CleanupReport.Verified, After(1)),
        ["Force cleanup unverified"] = fleet => fleet.ForceCleanup(Id("w-1"), default, After(1)),
        ["Quarantine"] = fleet => fleet.Quarantine(Id("w-1"), null, After(1)),
        ["Quarantine all"] = fleet => Only(fleet.QuarantineAll(null, After(1))),
        ["Drain"] = fleet => fleet.Drain(Id("w-1"), null, After(1)),
        ["Resume"] = fleet => fleet.Resume(Id("w-1"), After(1)),
        ["Revoke"] = fleet => fleet.RevokeLease(Id("w-1"), null, null, After(1)),
        ["Revoke another lease"] = fleet => fleet.RevokeLease(Id("w-1"), Lease(9), null, After(1)),
        ["Reap after the lease"] = fleet => Only(fleet.ReapExpired(After(60_000))),
        ["Mark stale"] = fleet => Only(fleet.MarkStale(After(30_001))),
        ["Reverify"] = fleet => fleet.Reverify(Id("w-1"), After(1)),
        ["Reattest"] = fleet => fleet.Reattest(Fresh, After(1)),
        ["Deregister"] = fleet => fleet.Deregister(Id("w-1"), After(1)),
    };

    private static Palyra.Domain.Attestation.WorkerAttestation Fresh => Claims() with { IssuedAt = After(1) };

    /// <summary>Act, situation, expected outcome: <c>State reason</c>, or a refusal code, or <c>nothing</c>.</summary>
    public static TheoryData<string, string, string> Table
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            void Row(string act, params (string[] From, string Outcome)[] rows)
            {
                foreach (var situation in Everywhere)
                {
                    data.Add(act, situation, rows.First(row => row.From.Contains(situation)).Outcome);
                }
            }

            Row("Register", (Everywhere, "AlreadyRegistered"));
            Row("Start",
                (["Leased"], "Busy worker.started"), (["DrainingLeased"], "WorkerDraining"), (["Busy"], "InvalidWorkerTransition"), (Everywhere, "LeaseMismatch"));
            Row("Heartbeat",
                (["Offline"], "Registered worker.heartbeat"), (["OfflineDrained"], "Draining worker.heartbeat"), (["Degraded"], "Available worker.recovered"),
                (Everywhere, "= worker.heartbeat"));
            Row("Heartbeat degraded",
                (["Offline"], "Registered worker.heartbeat"), (["OfflineDrained"], "Draining worker.heartbeat"),
                (["Registered", "Available", "Completed"], "Degraded worker.degraded"), (Everywhere, "= worker.heartbeat"));
            Row("Complete",
                (["Leased", "Busy"], "Completed worker.completed"), (["DrainingLeased"], "Draining worker.completed"), (["Completed"], "again Completed worker.completed"),
                (Everywhere, "LeaseMismatch"));
            Row("Complete unverified", (WithLease, "Quarantined worker.cleanup_failed"), (Everywhere, "LeaseMismatch"));
            Row("Complete another lease", (Everywhere, "LeaseMismatch"));
            Row("Force cleanup",
                (FailClosed, "= worker.cleanup_verified_requires_reattestation"), (WithLease, "LeaseAlreadyActive"), (Everywhere, "WorkerNotFailClosed"));
            Row("Force cleanup unverified", (Everywhere, "Quarantined worker.cleanup_failed"));
            Row("Quarantine", (Everywhere, "Quarantined worker.quarantined_by_operator"));
            Row("Quarantine all", (["Quarantined", "QuarantinedClean"], "nothing"), (Everywhere, "Quarantined worker.drained_by_operator"));
            Row("Drain", (FailClosed, "WorkerFailClosed"), (Everywhere, "Draining worker.draining"));
            Row("Resume",
                (["Draining"], "Registered worker.resumed_by_operator"), (["DrainingLeased"], "LeaseAlreadyActive"), (FailClosed, "WorkerFailClosed"),
                (Everywhere, "InvalidWorkerTransition"));
            Row("Revoke", (WithLease, "Orphaned worker.lease_revoked"), (Everywhere, "LeaseMismatch"));
            Row("Revoke another lease", (Everywhere, "LeaseMismatch"));
            Row("Reap after the lease", (WithLease, "Orphaned worker.ttl_expired"), (Everywhere, "nothing"));
            Row("Mark stale",
                (WithLease, "Orphaned worker.heartbeat_stale"), ([.. FailClosed, "Offline", "OfflineDrained"], "nothing"), (Everywhere, "Offline worker.heartbeat_stale"));
            Row("Reverify",
                (WithLease, "LeaseAlreadyActive"), (FailClosed, "WorkerFailClosed"), (["Draining", "OfflineDrained"], "WorkerDraining"),
                (Everywhere, "Registered worker.reverified_by_operator"));
            Row("Reattest",
                (["QuarantinedClean", "OrphanedClean"], "Registered worker.reattested"), (FailClosed, "CleanupNotVerified"), (Everywhere, "WorkerNotFailClosed"));
            Row("Deregister", (WithLease, "LeaseAlreadyActive"), (Everywhere, "absent worker.deregistered"));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Act_InSituation_LeadsWhereTheTableSays(string act, string situation, string outcome)
    {
        var fleet = Situations.FleetWith(situation);
        var before = fleet.Get("w-1");
        var (snapshot, events) = (fleet.Snapshot(), fleet.RecentEvents());

        var result = Acts[act](fleet);

        if (result.TryGet(out var told, out var refusal) && !outcome.StartsWith("again ", StringComparison.Ordinal))
        {
            var state = outcome.Split(' ')[0] switch { "=" => before.State, "absent" => before.State, var name => Enum.Parse<WorkerState>(name) };
            Assert.Equal((state, outcome.Split(' ')[1]), (told.State, told.ReasonCode));
            Assert.Equal(told, fleet.RecentEvents()[0]);
            Assert.Equal(before.Lease?.RunId ?? default, told.RunId);
            if (outcome.StartsWith("absent", StringComparison.Ordinal))
            {
                Assert.False(fleet.TryGet(Id("w-1"), out _));
                return;
            }

            var after = fleet.Get("w-1");
            Assert.Equal((state, told.At), (after.State, after.LastActAt));
            Assert.Equal(after.Lease is not null, after.State is WorkerState.Leased or WorkerState.Busy || (after.State == WorkerState.Draining && before.Lease is not null && act == "Drain") || (before.Lease is not null && told.ReasonCode == WorkerReason.Heartbeat));
        }
        else
        {
            Assert.Equal(outcome, refusal is null ? $"again {told.State} {told.ReasonCode}" : refusal.Code == "uninitialized" ? "nothing" : refusal.Code);
            Assert.Same(before, fleet.Get("w-1"));
            Assert.Equal(snapshot, fleet.Snapshot());
            Assert.Equal(events, fleet.RecentEvents());
        }
    }

    [Theory]
    [InlineData("Registered", null)]
    [InlineData("Available", null)]
    [InlineData("Completed", null)]
    [InlineData("Degraded", null)]
    [InlineData("Leased", "LeaseAlreadyActive")]
    [InlineData("Busy", "LeaseAlreadyActive")]
    [InlineData("DrainingLeased", "LeaseAlreadyActive")]
    [InlineData("Draining", "WorkerDraining")]
    [InlineData("Offline", "WorkerOffline")]
    [InlineData("OfflineDrained", "WorkerOffline")]
    [InlineData("Quarantined", "WorkerFailClosed")]
    [InlineData("QuarantinedClean", "WorkerFailClosed")]
    [InlineData("Orphaned", "WorkerFailClosed")]
    [InlineData("OrphanedClean", "WorkerFailClosed")]
    public void Assign_InSituation_LeasesOnlyTheAssignable(string situation, string? refusal)
    {
        var fleet = Situations.FleetWith(situation);
        var before = fleet.Get("w-1");
        var result = fleet.Assign(Id("w-1"), Request("run-2"), Lease(2), After(1));
        Assert.Equal(refusal, result.Refusal?.Code);
        if (refusal is null)
        {
            Assert.Equal(WorkerState.Leased, fleet.Get("w-1").State);
            Assert.Equal((WorkerReason.Assigned, "run-2"), (fleet.RecentEvents()[0].ReasonCode, fleet.RecentEvents()[0].RunId.ToString()));
        }
        else
        {
            Assert.Same(before, fleet.Get("w-1"));
        }
    }

    [Fact]
    public void EveryAct_OnAnUnknownWorker_IsRefused()
    {
        var fleet = FleetOf("w-2");
        foreach (var act in Acts.Where(act => act.Key is not ("Register" or "Quarantine all" or "Mark stale" or "Reap after the lease")))
        {
            Assert.Equal("UnknownWorker", act.Value(fleet).Refusal?.Code);
        }

        Assert.Equal("UnknownWorker", fleet.Assign(Id("w-1"), Request(), Lease(1), Start).Refusal?.Code);
        Assert.Equal("UnknownWorker", fleet.Renew(Id("w-1"), Lease(1), 1, Start).Refusal?.Code);
        Assert.Equal("UnknownWorker", fleet.Heartbeat(default, WorkerHealth.Healthy, Start).Refusal?.Code);
    }

    private static Result<WorkerLifecycleEvent> Only(IReadOnlyList<WorkerLifecycleEvent> events) => events.Count == 0 ? default(Result<WorkerLifecycleEvent>) : Assert.Single(events);
}
