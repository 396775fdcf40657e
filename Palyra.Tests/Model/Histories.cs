using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Model;

/// <summary>Random histories, weighted so that workers live long enough to get into trouble; now and then time jumps, also backwards and to its ends.</summary>
public sealed class Histories(Random random, int workers)
{
    private static readonly CleanupReport[] Reports =
    [
        CleanupReport.Verified, CleanupReport.Verified, CleanupReport.Verified, new(true, true, false), new(true, true, true, "disk full"),
    ];

    private static readonly string?[] Reasons = [null, "", " op.maintenance ", "worker.ttl_expired", "bad code", new string('x', 129)];

    private readonly List<(WorkerId Worker, LeaseId Lease)> _leases = [];
    private long _now = Workers.Start.Milliseconds;
    private int _lease;

    public FleetAct Next()
    {
        _now += random.Next(100) switch
        {
            < 60 => random.Next(5),
            < 90 => random.Next(2_000),
            < 96 => random.Next(40_000),
            < 99 => -random.Next(20_000),
            _ => random.Next(2_000_000),
        };
        // The ends of the range now and then, and then back: what saturates must not stick.
        var now = new UnixTime(random.Next(2_000) switch { 0 => long.MaxValue, 1 => long.MinValue + 1, _ => _now });
        return random.Next(100) switch
        {
            < 12 => new FleetAct.Register(Attest(now), now),
            < 18 => new FleetAct.Reattest(Attest(now), now),
            < 36 => new FleetAct.Heartbeat(Worker(), random.Next(4) == 0 ? WorkerHealth.Degraded : WorkerHealth.Healthy, now),
            < 46 => Assigned(id => new FleetAct.Assign(Worker(), Request(now), id, now)),
            < 62 => Assigned(id => new FleetAct.AssignNext(Request(now), id, now)),
            < 67 => new FleetAct.Start(Held(out var lease), lease, now),
            < 70 => new FleetAct.Renew(Held(out var lease), lease, (ulong)random.Next(100_000), now),
            < 84 => new FleetAct.Complete(Held(out var lease), lease, Pick(Reports), now),
            < 86 => new FleetAct.Revoke(Held(out var lease), random.Next(2) == 0 ? lease : null, Pick(Reasons), now),
            < 88 => new FleetAct.Quarantine(Worker(), Pick(Reasons), now),
            < 90 => new FleetAct.Drain(Worker(), Pick(Reasons), now),
            < 92 => new FleetAct.Resume(Worker(), now),
            < 93 => new FleetAct.Reverify(Worker(), now),
            < 95 => new FleetAct.ForceCleanup(Worker(), Pick(Reports), now),
            < 96 => new FleetAct.Deregister(Worker(), now),
            < 98 => new FleetAct.Reap(now),
            < 99 => new FleetAct.MarkStale(now),
            _ => random.Next(10) == 0 ? new FleetAct.QuarantineAll(Pick(Reasons), now) : new FleetAct.Reap(now),
        };
    }

    /// <summary>Tells the history which lease an assignment gave to whom, so that later acts can name it.</summary>
    public void Learn(IEnumerable<WorkerRecord> workers)
    {
        foreach (var worker in workers)
        {
            if (worker.Lease is { } lease && !_leases.Contains((worker.WorkerId, lease.LeaseId)))
            {
                _leases.Add((worker.WorkerId, lease.LeaseId));
            }
        }
    }

    private FleetAct Assigned(Func<LeaseId, FleetAct> act)
    {
        return act(Workers.Lease(++_lease));
    }

    private WorkerId Held(out LeaseId lease)
    {
        lease = Workers.Lease(random.Next(1, _lease + 2));
        if (_leases.Count == 0 || random.Next(10) == 0)
        {
            return Worker();
        }

        var (worker, held) = _leases[^Math.Min(_leases.Count, 1 + random.Next(6))];
        lease = held;
        return worker;
    }

    private WorkerId Worker()
    {
        var text = $"w-{random.Next(workers)}";
        return Workers.Id(random.Next(20) == 0 ? $" {text.ToUpperInvariant()} " : text);
    }

    private Domain.Attestation.WorkerAttestation Attest(UnixTime now) => Workers.Claims("w", Pick(Capabilities)) with
    {
        WorkerId = random.Next(200) == 0 ? default : Worker(),
        EgressProxyAttested = random.Next(50) != 0,
        SdkProtocolVersion = random.Next(50) == 0 ? 2u : 1u,
        HeartbeatAt = random.Next(10) == 0 ? now.AddMilliseconds(random.Next(-40_000, 6_000)) : default,
        IssuedAt = now.AddMilliseconds(-random.Next(-10, 5_000)),
        ExpiresAt = now.AddMilliseconds(random.Next(20) == 0 ? random.Next(3_000) : random.Next(50_000, 5_000_000)),
    };

    private LeaseRequest Request(UnixTime now)
    {
        var grant = random.Next(3) == 0 ? random.Next(40) : 1_000_000 + random.Next();
        var request = Workers.Request($"run-{grant}", (ulong)random.Next(random.Next(50) == 0 ? 1 : 1_000_000), null, Pick(Required));
        return request with { Grant = request.Grant with { ExpiresAt = now.AddMilliseconds(random.Next(20) == 0 ? random.Next(-5, 5) : random.Next(1_000, 2_000_000)) } };
    }

    private static readonly string[][] Capabilities =
        [[Workers.Echo], [Workers.Echo, Workers.Sleep], [Workers.Sleep.ToUpperInvariant()], ["tool:untrusted"], [Workers.Echo, "tool:untrusted"]];

    private static readonly string[][] Required =
        [[], [], [Workers.Echo], [Workers.Echo.ToUpperInvariant()], [Workers.Sleep], [Workers.Sleep, Workers.Echo, Workers.Sleep], ["tool:untrusted"]];

    private T Pick<T>(T[] choices) => choices[random.Next(choices.Length)];
}
