using System.Diagnostics;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;
using Palyra.Tests.Model;

namespace Palyra.Tests.Concurrency;

/// <summary>What several threads saw of one fleet has an order in which the naive fleet would have answered the same (Wing and Gong's search).</summary>
public class FleetLinearisabilityTests
{
    private const int Threads = 4;
    private const int ActsEach = 5;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, LongRun.IsOn ? 2_000 : 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Answers_of_parallel_acts_have_a_sequential_order(int seed)
    {
        var fleet = Workers.FleetOf("w-1", "w-2");
        var model = new[] { "w-1", "w-2" }.Aggregate(
            new NaiveFleet(CompiledFleetPolicy.Compile(Workers.Policy)), (naive, id) => naive.Do(new FleetAct.Register(Workers.Attestation(id), Workers.Start)).After);
        var clock = 0L;
        using var gate = new Barrier(Threads);
        var seen = new Seen[Threads][];
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            var random = new Random((seed * 31) + thread);
            var acts = Enumerable.Range(0, ActsEach).Select(i => Act(random, (thread * ActsEach) + i + 1)).ToArray();
            seen[thread] = new Seen[ActsEach];
            gate.SignalAndWait();
            for (var i = 0; i < ActsEach; i++)
            {
                var from = Interlocked.Increment(ref clock);
                var answer = acts[i].On(fleet);
                seen[thread][i] = new Seen(acts[i], answer, from, Interlocked.Increment(ref clock));
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.True(HasOrder(model, seen, new int[Threads], []), string.Join(Environment.NewLine, seen.SelectMany(each => each).OrderBy(each => each.From)));
        var (live, rebuilt) = fleet.Audit(Workers.Start);
        Assert.Equal(rebuilt, live);
    }

    [Fact]
    public void Eight_threads_hammering_one_fleet_break_no_promise()
    {
        var ids = Enumerable.Range(0, 50).Select(i => $"w-{i:D2}").ToArray();
        var fleet = Workers.FleetOf(ids);
        var (hammering, clock) = (Stopwatch.StartNew(), 0L);
        var seen = new List<Held>[8];
        var threads = Enumerable.Range(0, seen.Length).Select(thread => new Thread(() =>
        {
            var held = seen[thread] = [];
            for (var i = 0; LongRun.IsOn ? hammering.Elapsed.TotalSeconds < 10 : i < 3_000; i++)
            {
                var (request, id) = (Workers.Request($"run-{thread}-{i}"), Workers.Lease((thread * 100_000_000) + i + 1));
                var from = Interlocked.Increment(ref clock);
                var assigned = fleet.AssignNext(request, id, Workers.Start);
                var until = Interlocked.Increment(ref clock);
                // Never more leases than threads: of fifty workers one is free at any time.
                var lease = assigned.Value;
                var completing = Interlocked.Increment(ref clock);
                var completed = fleet.Complete(lease.WorkerId, lease.LeaseId, CleanupReport.Verified, Workers.Start);
                held.Add(new Held(lease.FencingToken, lease.WorkerId, from, until, completing, completed.IsOk));
                fleet.Heartbeat(Workers.Id(ids[i % ids.Length]), WorkerHealth.Healthy, Workers.Start);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        var order = seen.SelectMany(held => held).OrderBy(held => held.Token).ToArray();
        Assert.All(order, held => Assert.True(held.Completed));
        // The tokens are the order: each given once, none to an act that had ended before an act with a smaller one began.
        Assert.Equal(Enumerable.Range(1, order.Length).Select(token => (ulong)token), order.Select(held => held.Token));
        var begun = 0L;
        Assert.All(order, held => Assert.True(held.Until > (begun = Math.Max(begun, held.From)), $"{held} comes too late in the order"));
        // One lease a worker: the next one may be given only after the one before may have ended.
        Assert.All(
            order.GroupBy(held => held.Worker),
            leases => Assert.All(leases.Zip(leases.Skip(1)), pair => Assert.True(pair.Second.Until > pair.First.Completing, $"{pair} overlap")));
        Assert.Equal((50, 0, 50), (fleet.Snapshot().Registered, fleet.Snapshot().ActiveLeases, fleet.Snapshot().Available));
        var (live, rebuilt) = fleet.Audit(Workers.Start);
        Assert.Equal(rebuilt, live);
    }

    private static bool HasOrder(NaiveFleet fleet, Seen[][] seen, int[] done, HashSet<string> failed)
    {
        if (done.Sum() == seen.Sum(each => each.Length))
        {
            return true;
        }

        // An act may come next if no other act that is left had ended before it began.
        var firstEnd = Enumerable.Range(0, seen.Length).Where(t => done[t] < seen[t].Length).Min(t => seen[t][done[t]].Until);
        var key = string.Join(',', done) + string.Join('|', fleet.Workers.Select(FleetAct.Tell));
        if (failed.Contains(key))
        {
            return false;
        }

        for (var thread = 0; thread < seen.Length; thread++)
        {
            if (done[thread] < seen[thread].Length && seen[thread][done[thread]] is var next && next.From <= firstEnd
                && fleet.Do(next.Act) is var step && step.Answer == next.Answer)
            {
                done[thread]++;
                if (HasOrder(step.After, seen, done, failed))
                {
                    return true;
                }

                done[thread]--;
            }
        }

        failed.Add(key);
        return false;
    }

    private static FleetAct Act(Random random, int number)
    {
        var (id, now, lease) = (Workers.Id($"w-{random.Next(1, 3)}"), Workers.Start, Workers.Lease(number));
        var request = Workers.Request($"run-{random.Next(4)}", 60_000, $"grant-{random.Next(8)}");
        return random.Next(10) switch
        {
            0 => new FleetAct.Assign(id, request, lease, now),
            1 or 2 or 3 => new FleetAct.AssignNext(request, lease, now),
            4 => new FleetAct.Revoke(id, null, null, now),
            5 => new FleetAct.Drain(id, null, now),
            6 => new FleetAct.Resume(id, now),
            7 => new FleetAct.ForceCleanup(id, CleanupReport.Verified, now),
            8 => new FleetAct.Complete(id, Workers.Lease(random.Next(1, number + 1)), CleanupReport.Verified, now),
            _ => new FleetAct.Heartbeat(id, random.Next(2) == 0 ? WorkerHealth.Degraded : WorkerHealth.Healthy, now),
        };
    }

    // Ticks of one clock that all threads share: when each act was called, and when it had answered.
    private sealed record Held(ulong Token, WorkerId Worker, long From, long Until, long Completing, bool Completed);

    private sealed record Seen(FleetAct Act, string Answer, long From, long Until);
}
