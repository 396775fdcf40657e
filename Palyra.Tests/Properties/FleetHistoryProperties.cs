using FsCheck;
using FsCheck.Xunit;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using Palyra.Tests.Exhaustive;
using Palyra.Tests.Model;

namespace Palyra.Tests.Properties;

/// <summary>The promises of the fleet on histories that shrink to the act that breaks one.</summary>
public class FleetHistoryProperties
{
    private static readonly CleanupReport[] Reports = [CleanupReport.Verified, default];

    private static readonly (string Name, Func<Attempt, Attempt> Break)[] Denials =
    [
        ("not yet issued", attempt => attempt with { Attestation = attempt.Attestation with { IssuedAt = Workers.After(1) } }),
        ("attestation over", attempt => attempt with { Attestation = attempt.Attestation with { ExpiresAt = Workers.Start } }),
        ("not bound to the proxy", attempt => attempt with { Attestation = attempt.Attestation with { EgressProxyAttested = false } }),
        ("other interface", attempt => attempt with { Attestation = attempt.Attestation with { WitAbiVersion = "other" } }),
        ("other protocol", attempt => attempt with { Attestation = attempt.Attestation with { SdkProtocolVersion = 9 } }),
        ("capability not reported", attempt => attempt with { Request = attempt.Request with { RequiredCapabilities = [Workers.Sleep] } }),
        ("capability not trusted", attempt => attempt with { Request = attempt.Request with { RequiredCapabilities = ["tool:untrusted"] } }),
        ("no time asked for", attempt => attempt with { Request = attempt.Request with { TtlMs = 0 } }),
        ("too much time asked for", attempt => attempt with { Request = attempt.Request with { TtlMs = ulong.MaxValue } }),
        ("grant over", attempt => attempt with { Request = attempt.Request with { Grant = attempt.Request.Grant with { ExpiresAt = Workers.Start } } }),
        ("grant of another run", attempt => attempt with { Request = attempt.Request with { Grant = attempt.Request.Grant with { RunId = RunId.Parse("other") } } }),
        ("path out of the workspace", attempt => attempt with { Request = attempt.Request with { Workspace = new WorkspaceScope { WorkspaceRoot = "/w", AllowedPaths = [".."] } } }),
        ("drained", attempt => attempt with { Before = fleet => { attempt.Before(fleet); fleet.Drain(Worker(1), null, Workers.Start); } }),
        ("quarantined", attempt => attempt with { Before = fleet => { attempt.Before(fleet); fleet.Quarantine(Worker(1), null, Workers.Start); } }),
        ("heartbeat stale", attempt => attempt with { Before = fleet => { attempt.Before(fleet); fleet.MarkStale(Workers.After(30_001)); } }),
        ("leased already", attempt => attempt with { Before = fleet => { attempt.Before(fleet); fleet.Assign(Worker(1), Workers.Request("run-0"), Workers.Lease(9), Workers.Start); } }),
    ];

    [Property(MaxTest = 200)]
    public void Any_history_keeps_every_promise_and_gives_the_answers_of_the_naive_fleet(NonNull<(byte Kind, byte Worker, byte Choice, ushort Wait)[]> history)
    {
        var fleet = new WorkerFleet(SmallWorld.Policy.Options);
        var (naive, now, leases, token) = (SmallWorld.Empty, Workers.Start, 0, 0ul);
        foreach (var (kind, worker, choice, wait) in history.Get)
        {
            now = now.AddMilliseconds((long)(wait % 4) - 1);
            var act = Decode(kind, Worker(1 + (worker % 2)), choice, now, naive, ref leases);
            var step = naive.Do(act);
            Assert.Null(Invariants.Broken(naive, act, step));
            Assert.Equal(step.Answer, act.On(fleet));
            Assert.Equal(step.After.Workers.Select(FleetAct.Tell), fleet.Workers().Select(FleetAct.Tell));
            Assert.True(step.After.Token >= token);
            (naive, token) = (step.After, step.After.Token);
        }
    }

    [Property(MaxTest = 200)]
    public void A_lease_ends_with_the_first_of_time_asked_for_grant_and_attestation(uint ttl, uint grant, uint attestation)
    {
        var fleet = new WorkerFleet(Workers.Policy with { MaxTtlMs = uint.MaxValue, MaxAttestationValidityMs = ulong.MaxValue });
        var (ttlMs, grantMs, attestedMs) = (1 + (long)(ttl / 2), 1 + (long)(grant / 2), 1 + (long)(attestation / 2));
        Assert.True(fleet.Register(Workers.Claims() with { ExpiresAt = Workers.After(attestedMs) }, Workers.Start).IsOk);
        var request = Workers.Request(ttlMs: (ulong)ttlMs);
        request = request with { Grant = request.Grant with { ExpiresAt = Workers.After(grantMs) } };
        var lease = fleet.Assign(Worker(1), request, Workers.Lease(1), Workers.Start).Value;
        Assert.Equal(Workers.After(Math.Min(ttlMs, Math.Min(grantMs, attestedMs))), lease.ExpiresAt);
    }

    /// <summary>Whatever is wrong, and however much of it: one denial is enough, and no further one undoes it.</summary>
    [Property(MaxTest = 500)]
    public void A_lease_is_given_only_when_nothing_denies_it(ushort denials)
    {
        var attempt = new Attempt(Workers.Claims(), Workers.Request(capabilities: Workers.Echo), _ => { });
        var broken = Denials.Where((_, index) => (denials & (1 << index)) != 0).ToArray();
        attempt = broken.Aggregate(attempt, (sofar, denial) => denial.Break(sofar));
        var fleet = new WorkerFleet(Workers.Policy);
        fleet.Register(attempt.Attestation, Workers.Start);
        attempt.Before(fleet);

        var given = fleet.Assign(Worker(1), attempt.Request, Workers.Lease(1), Workers.Start).IsOk;

        Assert.True(given == (broken.Length == 0), string.Join(", ", broken.Select(denial => denial.Name)));
    }

    [Fact]
    public void Each_denial_alone_is_enough()
    {
        A_lease_is_given_only_when_nothing_denies_it(0);
        for (var index = 0; index < Denials.Length; index++)
        {
            A_lease_is_given_only_when_nothing_denies_it((ushort)(1 << index));
        }
    }

    private static FleetAct Decode(byte kind, WorkerId worker, byte choice, UnixTime now, NaiveFleet naive, ref int leases)
    {
        var attestation = Workers.Attestation() with { WorkerId = worker, IssuedAt = now.AddMilliseconds(-(long)(choice % 2)), ExpiresAt = now.AddMilliseconds(1L + (choice % 12)) };
        var request = Workers.Request($"run-{choice % 5}", 1ul + (choice % 2u));
        var record = naive.Find(worker);
        var lease = (choice % 4 == 0 ? record?.LastCompletion?.LeaseId : record?.Lease?.LeaseId) ?? Workers.Lease(1 + (choice % 9));
        return (kind % 18) switch
        {
            0 or 1 => new FleetAct.Register(attestation, now),
            2 => new FleetAct.Reattest(attestation, now),
            3 => new FleetAct.Heartbeat(worker, choice % 3 == 0 ? WorkerHealth.Degraded : WorkerHealth.Healthy, now),
            4 or 5 => new FleetAct.Assign(worker, request, Workers.Lease(++leases), now),
            6 => new FleetAct.AssignNext(request, Workers.Lease(++leases), now),
            7 => new FleetAct.Start(worker, lease, now),
            8 => new FleetAct.Renew(worker, lease, 1ul + (choice % 2u), now),
            9 => new FleetAct.Complete(worker, lease, Reports[choice % 2], now),
            10 => new FleetAct.Revoke(worker, choice % 2 == 0 ? lease : null, null, now),
            11 => new FleetAct.Quarantine(worker, null, now),
            12 => new FleetAct.Drain(worker, null, now),
            13 => new FleetAct.Resume(worker, now),
            14 => new FleetAct.Reverify(worker, now),
            15 => new FleetAct.ForceCleanup(worker, Reports[choice % 2], now),
            16 => new FleetAct.Deregister(worker, now),
            _ => choice % 8 == 0 ? new FleetAct.QuarantineAll(null, now) : choice % 2 == 0 ? new FleetAct.MarkStale(now) : new FleetAct.Reap(now),
        };
    }

    private static WorkerId Worker(int number) => Workers.Id($"w-{number}");

    private sealed record Attempt(WorkerAttestation Attestation, LeaseRequest Request, Action<WorkerFleet> Before);
}
