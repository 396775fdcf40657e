using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using Palyra.Tests.Model;
using Xunit.Abstractions;

namespace Palyra.Tests.Exhaustive;

/// <summary>From every fail-closed standing, every sequence of up to five acts without a fresh attestation: none makes the worker assignable.</summary>
public class LaunderingSearchTests(ITestOutputHelper output)
{
    private const int Length = 5;
    private static readonly WorkerId Id = Workers.Id("w-1");
    private static readonly CompiledFleetPolicy Policy = CompiledFleetPolicy.Compile(Workers.Policy);
    private static readonly CleanupReport Unverified = new(true, false, true);

    public static TheoryData<string> FailClosed => ["Quarantined", "QuarantinedClean", "Orphaned", "OrphanedClean"];

    // Every act there is; attestations are the one the worker failed with, and one issued in the very moment it failed.
    private static FleetAct[] Acts(UnixTime now) =>
    [
        new FleetAct.Heartbeat(Id, WorkerHealth.Healthy, now), new FleetAct.Heartbeat(Id, WorkerHealth.Degraded, now),
        new FleetAct.Drain(Id, null, now), new FleetAct.Resume(Id, now), new FleetAct.Reverify(Id, now),
        new FleetAct.Quarantine(Id, "op.again", now), new FleetAct.ForceCleanup(Id, CleanupReport.Verified, now), new FleetAct.ForceCleanup(Id, Unverified, now),
        new FleetAct.Start(Id, Workers.Lease(1), now), new FleetAct.Renew(Id, Workers.Lease(1), 1000, now),
        new FleetAct.Complete(Id, Workers.Lease(1), CleanupReport.Verified, now), new FleetAct.Complete(Id, Workers.Lease(1), Unverified, now),
        new FleetAct.Revoke(Id, null, null, now), new FleetAct.Assign(Id, Workers.Request("again"), Workers.Lease(2), now),
        new FleetAct.AssignNext(Workers.Request("next"), Workers.Lease(3), now), new FleetAct.Reap(now.AddMilliseconds(100_000)),
        new FleetAct.MarkStale(now.AddMilliseconds(100_000)), new FleetAct.Deregister(Id, now),
        new FleetAct.Register(Old, now), new FleetAct.Register(Old with { WorkerId = Workers.Id(" W-1 "), IssuedAt = Workers.Start }, now),
        new FleetAct.Reattest(Old, now), new FleetAct.Reattest(Old with { IssuedAt = Workers.Start }, now),
    ];

    private static WorkerAttestation Old => Workers.Claims();

    [Theory]
    [MemberData(nameof(FailClosed))]
    public void No_sequence_of_acts_launders_a_fail_closed_worker(string situation)
    {
        // The same standing in the model as in the real fleet.
        var start = Replay(situation);
        Assert.True(start.Find(Id)!.State.IsFailClosed());
        var acts = Enumerable.Range(1, Length).Select(step => Acts(Workers.After(step))).ToArray();
        var tried = Search(start, acts, 0, new Stack<FleetAct>());
        output.WriteLine($"{situation}: {tried} sequences, none of which ends assignable");
        Assert.True(tried > 1_000_000);
    }

    private static long Search(NaiveFleet fleet, FleetAct[][] acts, int depth, Stack<FleetAct> path)
    {
        if (fleet.Find(Id) is { } worker && !worker.State.IsFailClosed())
        {
            Assert.Fail($"{worker.State} after {string.Join(" -> ", path.Reverse())}");
        }

        if (depth == Length)
        {
            return 1;
        }

        var tried = 1L;
        // A refusal changes nothing: what follows it has been tried one act earlier, and is counted without being walked again.
        var refused = 0;
        foreach (var act in acts[depth])
        {
            var after = fleet.Do(act).After;
            if (ReferenceEquals(after, fleet))
            {
                refused++;
                continue;
            }

            path.Push(act);
            tried += Search(after with { Events = [] }, acts, depth + 1, path);
            path.Pop();
        }

        return refused == 0 ? tried : tried + (refused * Search(fleet, acts, depth + 1, path));
    }

    private static NaiveFleet Replay(string situation)
    {
        FleetAct[] fail = situation.StartsWith("Orphaned", StringComparison.Ordinal)
            ? [new FleetAct.Assign(Id, Workers.Request(), Workers.Lease(1), Workers.Start), new FleetAct.Revoke(Id, null, null, Workers.Start)]
            : [new FleetAct.Quarantine(Id, null, Workers.Start)];
        FleetAct[] clean = situation.EndsWith("Clean", StringComparison.Ordinal) ? [new FleetAct.ForceCleanup(Id, CleanupReport.Verified, Workers.Start)] : [];
        return new FleetAct[] { new FleetAct.Register(Old, Workers.Start) }.Concat(fail).Concat(clean)
            .Aggregate(new NaiveFleet(Policy), (fleet, act) => fleet.Do(act).After);
    }
}
