using System.Diagnostics;
using Palyra.Benchmarks.Quick;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;

namespace Palyra.Benchmarks.Fleet;

/// <summary><c>quick fleet</c>: what one act costs from 10 to 1 000 000 workers.</summary>
internal sealed class FleetQuick : IQuickGroup
{
    private const int Samples = 9;
    private const int Cycles = 20_000;
    private const int Threads = 8;
    private const int HammerSeconds = 2;

    // A grant stays known for 900 000 ms, at one millisecond a cycle: none may come again earlier, not even in a thread that had to wait for long.
    private const int HammerGrants = 1_500_000;

    public string Name => "fleet";

    public ValueTask RunAsync(Figures figures)
    {
        // The first figure must not be the one that pays for compiling the code of them all.
        var unheard = new Figures(TextWriter.Null);
        for (var round = 0; round < 3; round++)
        {
            Measure(unheard, 10);
        }

        foreach (var n in new[] { 10, 1_000, 100_000, 1_000_000 })
        {
            Measure(figures, n);
            GC.Collect();
        }

        return ValueTask.CompletedTask;
    }

    private static void Measure(Figures figures, int n)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var scene = new FleetScene(n);
        figures.Report("memory of n registered workers", n, "bytes a worker", [(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)n]);
        var random = new Random(n);
        scene.Prepare(Cycles * (Samples + 1));
        figures.Time("assign next + complete, all free", n, Cycles, i => scene.Complete(scene.AssignNext(i)));
        scene.Prepare(Cycles + 1);
        figures.Allocated("assign next + complete, allocated", n, Cycles, i => scene.Complete(scene.AssignNext(i)));
        // An id comes off the wire as a text of its own: it is not the ledger's, and it lies in the cache of whoever has just read it.
        var texts = Enumerable.Range(0, Cycles * (Samples + 1)).Select(_ => new string(scene.Ids[random.Next(n)].ToString().AsSpan())).ToArray();
        scene.Prepare(Cycles * (Samples + 1));
        figures.Time("assign by id + complete, random ids", n, Cycles, i => scene.Complete(scene.Assign(WorkerId.Parse(texts[i]), i)));
        figures.Time("heartbeat, random ids", n, Cycles, i => scene.Fleet.Heartbeat(WorkerId.Parse(texts[i]), WorkerHealth.Healthy, scene.Now));
        figures.Time("snapshot", n, Cycles, _ => scene.Fleet.Snapshot());
        figures.Time("empty sweep", n, Cycles, _ =>
        {
            scene.Fleet.ReapExpired(scene.Now);
            scene.Fleet.MarkStale(scene.Now);
        });
        Register(figures, scene, n);
        SweepOnePercent(figures, scene, n);
        OnlyLastFree(figures, scene, n);
        if (n == 1_000)
        {
            Hammer(figures, n);
        }

        scene = new FleetScene(n, onlyLastIsCapable: true);
        scene.Prepare(Cycles * (Samples + 1), 60_000, FleetScene.Rare);
        figures.Time("assign next + complete, only the last one capable", n, Cycles, i => scene.Complete(scene.AssignNext(i)));
    }

    // Registers and deregisters ids spread over the whole order, so that n stays what it is.
    private static void Register(Figures figures, FleetScene scene, int n)
    {
        var random = new Random(n);
        var ids = Enumerable.Range(0, Cycles * (Samples + 1)).Select(i => WorkerId.Parse($"worker-{random.Next(n):D7}-{i}")).ToArray();
        figures.Time("register + deregister, random ids", n, Cycles, i =>
        {
            scene.Register(ids[i]);
            scene.Fleet.Deregister(ids[i], scene.Now);
        });
    }

    // Each sample: 1 % of the workers lease for a second, the second passes, one sweep orphans them; then they clean up and attest again.
    private static void SweepOnePercent(Figures figures, FleetScene scene, int n)
    {
        var expiring = Math.Max(1, n / 100);
        var samples = new double[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            var some = Random.Shared.GetItems(scene.Ids, expiring).Distinct().Where(id => scene.Fleet.TryGet(id, out var worker) && worker.State.IsAssignable()).ToArray();
            scene.Prepare(some.Length, 1000);
            for (var i = 0; i < some.Length; i++)
            {
                scene.Assign(some[i], i);
            }

            scene.Advance(2000);
            var start = Stopwatch.GetTimestamp();
            var swept = scene.Fleet.ReapExpired(scene.Now).Count;
            samples[sample] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Math.Max(1, swept);
            foreach (var id in some)
            {
                scene.Fleet.Deregister(id, scene.Now);
                scene.RegisterAfresh(id);
            }
        }

        figures.Report("sweep with 1 % expired, each of them", n, "ns", samples);
    }

    // One lock serves them all: more threads must not make it much slower than one. Eight threads go on for ten seconds in all.
    private static void Hammer(Figures figures, int n)
    {
        var scene = new FleetScene(n);
        scene.Prepare(HammerGrants, 900_000);
        var cycle = -1L;
        foreach (var threads in new[] { 1, Threads })
        {
            var samples = new double[5];
            for (var sample = 0; sample < samples.Length; sample++)
            {
                var first = cycle;
                var start = Stopwatch.GetTimestamp();
                var all = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
                {
                    while (Stopwatch.GetElapsedTime(start).TotalSeconds < HammerSeconds)
                    {
                        for (var i = 0; i < 100; i++)
                        {
                            scene.Complete(scene.AssignNext((int)(Interlocked.Increment(ref cycle) % HammerGrants)));
                        }
                    }
                })).ToArray();
                Array.ForEach(all, thread => thread.Start());
                Array.ForEach(all, thread => thread.Join());
                samples[sample] = (cycle - first) / Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            figures.Report($"assign next + complete, {threads} threads on one fleet", n, "cycles a second", samples);
        }
    }

    private static void OnlyLastFree(Figures figures, FleetScene scene, int n)
    {
        scene.Prepare(n - 1, 900_000);
        for (var i = 0; i < n - 1; i++)
        {
            scene.AssignNext(i);
        }

        scene.Prepare(Cycles * (Samples + 1));
        figures.Time("assign next + complete, only the last one free", n, Cycles, i => scene.Complete(scene.AssignNext(i)));
    }
}
