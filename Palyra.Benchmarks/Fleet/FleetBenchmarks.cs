using BenchmarkDotNet.Attributes;
using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;

namespace Palyra.Benchmarks.Fleet;

/// <summary>The acts of a fleet, by its size.</summary>
[MemoryDiagnoser]
public class FleetBenchmarks
{
    private const int Cycles = 100_000;

    private FleetScene _scene = null!;
    private int _cycle;
    private int _next;

    /// <summary>Workers in the fleet.</summary>
    [Params(10, 1_000, 100_000, 1_000_000)]
    public int N { get; set; }

    /// <summary>Registers the workers.</summary>
    [GlobalSetup]
    public void Setup() => _scene = new FleetScene(N);

    /// <summary>Makes fresh requests: a grant is leased once.</summary>
    [IterationSetup(Targets = [nameof(AssignNextAndComplete), nameof(AssignByIdAndComplete)])]
    public void Prepare()
    {
        _scene.Prepare(Cycles);
        _cycle = 0;
    }

    /// <summary>Leases the first free worker and completes.</summary>
    [Benchmark(OperationsPerInvoke = Cycles)]
    public WorkerLease AssignNextAndComplete()
    {
        WorkerLease lease = null!;
        for (; _cycle < Cycles; _cycle++)
        {
            lease = _scene.AssignNext(_cycle);
            _scene.Complete(lease);
        }

        return lease;
    }

    /// <summary>Leases workers all over the fleet and completes.</summary>
    [Benchmark(OperationsPerInvoke = Cycles)]
    public WorkerLease AssignByIdAndComplete()
    {
        WorkerLease lease = null!;
        for (; _cycle < Cycles; _cycle++)
        {
            lease = _scene.Assign(NextId(), _cycle);
            _scene.Complete(lease);
        }

        return lease;
    }

    /// <summary>Heartbeats all over the fleet.</summary>
    [Benchmark]
    public bool Heartbeat() => _scene.Fleet.Heartbeat(NextId(), WorkerHealth.Healthy, _scene.Now).IsOk;

    /// <summary>Counts.</summary>
    [Benchmark]
    public WorkerFleetSnapshot Snapshot() => _scene.Fleet.Snapshot();

    /// <summary>Both sweeps, with nothing to do.</summary>
    [Benchmark]
    public int EmptySweep() => _scene.Fleet.ReapExpired(_scene.Now).Count + _scene.Fleet.MarkStale(_scene.Now).Count;

    // A stride that is prime to every N visits the whole fleet in an order no cache likes.
    private Domain.Ids.WorkerId NextId() => _scene.Ids[_next = (int)((_next + 618_033_989L) % N)];
}
