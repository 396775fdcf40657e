using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using Palyra.Tests.Model;

namespace Palyra.Tests.Exhaustive;

/// <summary>
/// Two workers, two runs, and a clock of a few ticks in which every expiry can fall before, at and after every other: heartbeats last 1 tick, leases 1 or 2,
/// attestations 3, the second run's grant ends at tick 3. All acts there are, at every tick.
/// </summary>
internal static class SmallWorld
{
    internal static readonly CompiledFleetPolicy Policy = CompiledFleetPolicy.Compile(new WorkerFleetPolicy
    {
        MaxTtlMs = 2,
        HeartbeatTimeoutMs = 1,
        AllowUnsignedAttestations = true,
        TrustedCapabilities = [],
    });

    internal static readonly WorkerId[] Ids = [Workers.Id("w-1"), Workers.Id("w-2")];

    private static readonly GrantId Second = GrantId.Parse("second");
    private static readonly GrantId[] First = [.. Enumerable.Range(0, 12).Select(tick => GrantId.Parse($"first-{tick}"))];

    internal static readonly NaiveFleet Empty = new(Policy);

    internal static UnixTime Tick(int tick) => Workers.After(tick);

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(int, int), FleetAct[]> ByTick = [];

    internal static IEnumerable<FleetAct> Acts(NaiveFleet fleet, int workers, int tick)
    {
        if (!ByTick.TryGetValue((workers, tick), out var acts))
        {
            ByTick[(workers, tick)] = acts = [.. ActsAt(workers, tick)];
        }

        return acts.Concat(Ids.Take(workers).SelectMany(id => ActsOnLeases(id, fleet.Find(id), Tick(tick))));
    }

    private static IEnumerable<FleetAct> ActsAt(int workers, int tick)
    {
        // A grant of its own every tick for the first run; one grant for the second. Each is leased once at most, so its lease can have a fixed id.
        var now = Tick(tick);
        var (first, firstLease) = (Request("first", 1, $"first-{tick}", 9), Workers.Lease(10 + tick));
        var (second, secondLease) = (Request("second", 2, "second", 3), Workers.Lease(20 + tick));
        foreach (var id in Ids.Take(workers))
        {
            yield return new FleetAct.Register(Attestation(id, tick, 3), now);
            yield return new FleetAct.Reattest(Attestation(id, tick, 3), now);
            yield return new FleetAct.Reattest(Attestation(id, 0, tick + 1), now);
            yield return new FleetAct.Heartbeat(id, WorkerHealth.Healthy, now);
            yield return new FleetAct.Heartbeat(id, WorkerHealth.Degraded, now);
            yield return new FleetAct.Assign(id, first, firstLease, now);
            yield return new FleetAct.Assign(id, second, secondLease, now);
            yield return new FleetAct.Quarantine(id, null, now);
            yield return new FleetAct.Drain(id, null, now);
            yield return new FleetAct.Resume(id, now);
            yield return new FleetAct.Reverify(id, now);
            yield return new FleetAct.ForceCleanup(id, CleanupReport.Verified, now);
            yield return new FleetAct.ForceCleanup(id, default, now);
            yield return new FleetAct.Deregister(id, now);
            yield return new FleetAct.Complete(id, Workers.Lease(999), CleanupReport.Verified, now);
        }

        yield return new FleetAct.AssignNext(first, firstLease, now);
        yield return new FleetAct.AssignNext(second, secondLease, now);
        yield return new FleetAct.QuarantineAll(null, now);
        yield return new FleetAct.Reap(now);
        yield return new FleetAct.MarkStale(now);
    }

    private static IEnumerable<FleetAct> ActsOnLeases(WorkerId id, WorkerRecord? worker, UnixTime now)
    {
        if (worker?.Lease?.LeaseId is { } active)
        {
            yield return new FleetAct.Start(id, active, now);
            yield return new FleetAct.Renew(id, active, 2, now);
            yield return new FleetAct.Complete(id, active, CleanupReport.Verified, now);
            yield return new FleetAct.Complete(id, active, default, now);
            yield return new FleetAct.Revoke(id, active, null, now);
        }

        if (worker?.LastCompletion?.LeaseId is { } completed)
        {
            yield return new FleetAct.Start(id, completed, now);
            yield return new FleetAct.Renew(id, completed, 2, now);
            yield return new FleetAct.Complete(id, completed, CleanupReport.Verified, now);
            yield return new FleetAct.Complete(id, completed, default, now);
            yield return new FleetAct.Revoke(id, completed, null, now);
        }
    }

    /// <summary>
    /// All of a state that can make a difference to what comes: what has passed counts as passed, however long ago; ids of leases and tokens only rise.
    /// </summary>
    internal static (int, int, int) KeyOf(NaiveFleet fleet, int tick)
    {
        var held = fleet.HeldUntil.TryGetValue(Second, out var until) ? Math.Max(0, Ticks(until) - tick + 1) : 0;
        var used = fleet.HeldUntil.ContainsKey(First[tick]);
        return (KeyOf(fleet, Ids[0], tick), KeyOf(fleet, Ids[1], tick), (held * 100) + (tick * 2) + (used ? 1 : 0));
    }

    private static int KeyOf(NaiveFleet fleet, WorkerId id, int tick)
    {
        var failed = !fleet.Failed.TryGetValue(id, out var at) ? 0 : Ticks(at) < tick ? 1 : 2;
        if (fleet.Find(id) is not { } worker)
        {
            return failed;
        }

        // The heartbeat and the attestation of a fail-closed worker are replaced before they count again.
        var beat = worker.State.IsFailClosed() ? 0 : Math.Min(2, tick - Ticks(worker.LastHeartbeatAt));
        var attested = worker.State.IsFailClosed() ? 0 : Math.Max(0, Ticks(worker.Attestation.ExpiresAt) - tick);
        var lease = worker.Lease is not { } held ? 0 : (Math.Max(0, Ticks(held.ExpiresAt) - tick) * 2) + (held.RunId.ToString() == "first" ? 1 : 2);
        var key = 1 + (int)worker.State;
        foreach (var part in new[] { worker.IsDrained ? 1 : 0, worker.CleanupVerified ? 1 : 0, beat, attested, failed, lease, worker.LastCompletion is null ? 0 : 1 })
        {
            key = (key * 8) + part;
        }

        return key;
    }

    private static int Ticks(UnixTime time) => (int)time.MillisecondsSince(Workers.Start);

    private static WorkerAttestation Attestation(WorkerId id, int issued, int lives) =>
        Workers.Attestation() with { WorkerId = id, IssuedAt = Tick(issued), ExpiresAt = Tick(issued + lives) };

    private static LeaseRequest Request(string run, ulong ttl, string grant, int grantEnds)
    {
        var request = Workers.Request(run, ttl, grant);
        return request with { Grant = request.Grant with { ExpiresAt = Tick(grantEnds) } };
    }
}
