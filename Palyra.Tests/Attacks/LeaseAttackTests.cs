using System.Text.Json;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Attacks;

/// <summary>
/// Attacks on leases and on the ways out of a fail-closed state. Input, all optional: <c>setup</c> acts on the worker w-1, <c>at_ms</c> after the start,
/// a <c>request</c> over a good one, and a <c>final</c> act that has to be refused (an assignment, unless named).
/// </summary>
public class LeaseAttackTests
{
    private static readonly WorkerId Worker = Id("w-1");

    public static TheoryData<string> Cases => AttackCase.Of("lease");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attack_IsRefusedWithItsCode(string id)
    {
        var attack = AttackCase.Load("lease", id);
        var fleet = FleetOf("w-1");
        if (attack.Input.TryGetProperty("setup", out var setup))
        {
            foreach (var act in setup.EnumerateArray())
            {
                Do(fleet, act.GetString()!, After(2));
            }
        }

        var at = attack.Input.TryGetProperty("at_ms", out var offset) ? After(offset.GetInt64()) : After(3);
        var refusal = attack.Input.TryGetProperty("final", out var final)
            ? Do(fleet, final.GetString()!, at)
            : fleet.Assign(Worker, RequestOf(attack), Lease(3), at).Refusal;

        Assert.Equal(attack.ExpectedRefusal, refusal?.Code);
        Assert.DoesNotContain(fleet.Workers(), worker => worker.Lease?.LeaseId == Lease(3));
    }

    private static Refusal? Do(WorkerFleet fleet, string act, UnixTime at) => act switch
    {
        "other_worker" => fleet.Register(Attestation("w-2"), at).Refusal,
        "lease_other_same_grant" => fleet.Assign(Id("w-2"), Request("attack"), Lease(1), at).Refusal,
        "lease" => fleet.Assign(Worker, Request("first"), Lease(1), at).Refusal,
        "lease_2" => fleet.Assign(Worker, Request("second"), Lease(2), at).Refusal,
        "start" => fleet.Start(Worker, Lease(1), at).Refusal,
        "renew" => fleet.Renew(Worker, Lease(1), 60_000, at).Refusal,
        "renew_for_ever" => fleet.Renew(Worker, Lease(1), ulong.MaxValue, at).Refusal,
        "complete" => fleet.Complete(Worker, Lease(1), CleanupReport.Verified, at).Refusal,
        "complete_unverified" => fleet.Complete(Worker, Lease(1), default, at).Refusal,
        "complete_foreign" => fleet.Complete(Worker, Lease(9), CleanupReport.Verified, at).Refusal,
        "revoke" => fleet.RevokeLease(Worker, null, null, at).Refusal,
        "clean" => fleet.ForceCleanup(Worker, CleanupReport.Verified, at).Refusal,
        "quarantine" => fleet.Quarantine(Worker, null, at).Refusal,
        "quarantine_as_sweep" => fleet.Quarantine(Worker, WorkerReason.HeartbeatStale, at).Refusal,
        "drain" => fleet.Drain(Worker, null, at).Refusal,
        "resume" => fleet.Resume(Worker, at).Refusal,
        "heartbeat" => fleet.Heartbeat(Worker, WorkerHealth.Healthy, at).Refusal,
        "reverify" => fleet.Reverify(Worker, at).Refusal,
        "reap" => Nothing(fleet.ReapExpired(at)),
        "stale" => Nothing(fleet.MarkStale(After(30_001))),
        "deregister" => fleet.Deregister(Worker, at).Refusal,
        "reattest_old" => fleet.Reattest(Attestation(), at).Refusal,
        "reattest_fresh" => fleet.Reattest(Attestation() with { IssuedAt = at }, at).Refusal,
        "register_old" => fleet.Register(Attestation(), at).Refusal,
        "register_old_in_capitals" => fleet.Register(Attestation(" W-1 "), at).Refusal,
        "register_fresh" => fleet.Register(Attestation() with { IssuedAt = at.AddMilliseconds(1) }, at.AddMilliseconds(1)).Refusal,
        _ => throw new ArgumentOutOfRangeException(nameof(act), act, "No such act."),
    };

    private static Refusal? Nothing(IReadOnlyList<WorkerLifecycleEvent> events) => events.Count < 0 ? throw new InvalidOperationException() : null;

    private static LeaseRequest RequestOf(AttackCase attack)
    {
        var given = attack.Input.TryGetProperty("request", out var members) ? members : JsonDocument.Parse("{}").RootElement;
        var request = Request(given.TryGetProperty("same_grant", out _) ? "first" : "attack");
        foreach (var member in given.EnumerateObject())
        {
            var value = member.Value;
            request = member.Name switch
            {
                "run_id" => request with { RunId = RunId.TryParse(value.GetString(), out var run) ? run : default },
                "ttl_ms" => request with { TtlMs = value.GetUInt64() },
                "grant_id" => request with { Grant = request.Grant with { GrantId = GrantId.TryParse(value.GetString(), out var grant) ? grant : default } },
                "grant_run_id" => request with { Grant = request.Grant with { RunId = RunId.Parse(value.GetString()!) } },
                "grant_expires_in_ms" => request with { Grant = request.Grant with { ExpiresAt = After(3 + value.GetInt64()) } },
                "required_capabilities" => request with { RequiredCapabilities = [.. value.EnumerateArray().Select(each => each.GetString()!)] },
                "capability_count" => request with { RequiredCapabilities = [.. Enumerable.Range(0, value.GetInt32()).Select(i => $"c{i}")] },
                "allowed_paths" => request with { Workspace = request.Workspace with { AllowedPaths = [.. value.EnumerateArray().Select(each => each.GetString()!)] } },
                "same_grant" => request,
                var name => throw new ArgumentOutOfRangeException(nameof(attack), name, "No such member."),
            };
        }

        return request;
    }
}
