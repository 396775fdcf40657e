using System.Security.Cryptography;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

public class FleetValuesTests
{
    [Theory]
    [InlineData("registered", WorkerState.Registered, "registered")]
    [InlineData("available", WorkerState.Available, "available")]
    [InlineData("ready", WorkerState.Available, "available")]
    [InlineData("assigned", WorkerState.Leased, "assigned")]
    [InlineData("leased", WorkerState.Leased, "assigned")]
    [InlineData("busy", WorkerState.Busy, "busy")]
    [InlineData("running", WorkerState.Busy, "busy")]
    [InlineData("completed", WorkerState.Completed, "completed")]
    [InlineData("succeeded", WorkerState.Completed, "completed")]
    [InlineData("degraded", WorkerState.Degraded, "degraded")]
    [InlineData("draining", WorkerState.Draining, "draining")]
    [InlineData("offline", WorkerState.Offline, "offline")]
    [InlineData("failed", WorkerState.Quarantined, "failed")]
    [InlineData("quarantined", WorkerState.Quarantined, "failed")]
    [InlineData("orphaned", WorkerState.Orphaned, "orphaned")]
    public void TryParse_WireNameOrAlias_GivesTheStateAndItsWireName(string text, WorkerState state, string wire)
    {
        Assert.True(WorkerStates.TryParse(text, out var parsed));
        Assert.Equal((state, wire), (parsed, parsed.ToWire()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Registered")]
    [InlineData(" busy")]
    [InlineData("unknown")]
    [InlineData("0")]
    public void TryParse_UnknownName_IsRefused(string? text) => Assert.False(WorkerStates.TryParse(text, out _));

    [Fact]
    public void States_AssignableAndFailClosed_AreAsTheTableSays()
    {
        Assert.Equal(
            [WorkerState.Registered, WorkerState.Available, WorkerState.Completed, WorkerState.Degraded], Enum.GetValues<WorkerState>().Where(state => state.IsAssignable()));
        Assert.Equal([WorkerState.Quarantined, WorkerState.Orphaned], Enum.GetValues<WorkerState>().Where(state => state.IsFailClosed()));
        Assert.True(default(WorkerState).IsFailClosed());
    }

    [Theory]
    [InlineData("op.maintenance_1-A", "op.maintenance_1-A")]
    [InlineData("  x  ", "x")]
    [InlineData(null, "default")]
    [InlineData("", "default")]
    [InlineData("   ", "default")]
    [InlineData("two words", "default")]
    [InlineData("ümlaut", "default")]
    [InlineData("line\nbreak", "default")]
    [InlineData("worker.ttl_expired", "default")]
    [InlineData(" worker.heartbeat ", "default")]
    [InlineData("worker.quarantined_by_operator", "default")]
    [InlineData("Worker.ttl_expired", "Worker.ttl_expired")]
    public void FromOperator_KeepsOnlyWhatCannotPassForTheSystem(string? given, string kept) => Assert.Equal(kept, WorkerReason.FromOperator(given, "default"));

    [Fact]
    public void FromOperator_Length_IsBoundedAfterTrim()
    {
        Assert.Equal(new string('x', 128), WorkerReason.FromOperator($" {new string('x', 128)} ", "default"));
        Assert.Equal("default", WorkerReason.FromOperator(new string('x', 129), "default"));
        Assert.Equal("x", WorkerReason.FromOperator(new string(' ', 2_000) + "x", "default"));
    }

    [Fact]
    public void FromOperator_EveryReasonOfTheSystem_IsNobodyElses() => Assert.All(
        typeof(WorkerReason).GetFields().Where(field => field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!),
        code => Assert.Equal("default", WorkerReason.FromOperator(code, "default")));

    [Theory]
    [InlineData(true, true, true, null, true)]
    [InlineData(false, true, true, null, false)]
    [InlineData(true, false, true, null, false)]
    [InlineData(true, true, false, null, false)]
    [InlineData(true, true, true, "", false)]
    [InlineData(true, true, true, "disk", false)]
    public void CleanupReport_IsVerified_OnlyWhenAllIsGoneAndNothingFailed(bool workspace, bool artifacts, bool logs, string? reason, bool verified) =>
        Assert.Equal(verified, new CleanupReport(workspace, artifacts, logs, reason).IsVerified);

    [Fact]
    public void Compile_PolicyThatCannotHold_Throws()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var weak = RSA.Create(1024);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var signer = new TrustedSigner { KeyId = "a", PublicKey = key.ExportSubjectPublicKeyInfo() };
        foreach (var bad in new[]
        {
            Policy with { MaxWorkers = -1 },
            Policy with { SignerThreshold = 0 },
            Policy with { TrustedSigners = [signer], SignerThreshold = 2 },
            Policy with { TrustedSigners = [signer, signer with { KeyId = "b" }] },
            Policy with { TrustedSigners = [signer with { KeyId = "" }] },
            Policy with { TrustedSigners = [signer with { KeyId = new string('k', 257) }] },
            Policy with { TrustedSigners = [signer with { PublicKey = weak.ExportSubjectPublicKeyInfo() }] },
            Policy with { TrustedSigners = [signer with { PublicKey = other.ExportSubjectPublicKeyInfo() }] },
            Policy with { TrustedSigners = [signer with { PublicKey = new byte[] { 1, 2, 3 } }] },
            Policy with { TrustedSigners = [signer with { PublicKey = (byte[])[.. key.ExportSubjectPublicKeyInfo(), 0] }] },
            Policy with { TrustedSigners = [.. Enumerable.Repeat(signer, 65)] },
            Policy with { TrustedCapabilities = [.. Enumerable.Range(0, 4097).Select(i => $"c{i}")] },
            Policy with { TrustedCapabilities = [null!] },
            Policy with { Attestation = null! },
            Policy with { TrustedSigners = null! },
        })
        {
            Assert.Throws<ArgumentException>(() => CompiledFleetPolicy.Compile(bad));
        }

        Assert.Single(CompiledFleetPolicy.Compile(Policy with { TrustedSigners = [signer] }).Signers);
    }

    [Fact]
    public void Compile_ValuesAtTheirLimits_AreTaken()
    {
        TrustedSigner Signer(int number)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return new TrustedSigner { KeyId = $"{number:D256}", PublicKey = key.ExportSubjectPublicKeyInfo() };
        }

        var compiled = CompiledFleetPolicy.Compile(Policy with
        {
            MaxWorkers = 0,
            TrustedSigners = [.. Enumerable.Range(0, 64).Select(Signer)],
            SignerThreshold = 64,
            TrustedCapabilities = [.. Enumerable.Range(0, 4096).Select(i => $"c{i}")],
        });
        Assert.Equal((64, 4096), (compiled.Signers.Length, compiled.TrustedCapabilities.Count));
    }

    [Theory]
    [InlineData("Tool:Echo", "tOOL:eCHO", true)]
    [InlineData("[", "{", false)]
    [InlineData("k", "\u212A", false)]
    [InlineData("a", "ab", false)]
    [InlineData("a", null, false)]
    [InlineData(null, "a", false)]
    [InlineData(null, null, true)]
    public void AsciiIgnoreCase_FoldsLettersOfAsciiAndNothingElse(string? left, string? right, bool same)
    {
        Assert.Equal(same, AsciiIgnoreCase.Comparer.Equals(left, right));
        if (left is not null && right is not null)
        {
            Assert.Equal(same, AsciiIgnoreCase.Comparer.GetHashCode(left) == AsciiIgnoreCase.Comparer.GetHashCode(right));
        }
    }

    [Fact]
    public void SetPolicy_BadOne_LeavesTheOldOneInForce()
    {
        var fleet = FleetOf("w-1");
        Assert.Throws<ArgumentException>(() => fleet.SetPolicy(Policy with { SignerThreshold = 0 }));
        Assert.Same(Policy, fleet.Policy.Options);
    }

    [Fact]
    public void SetPolicy_OtherTrust_CountsFromTheNextActOn()
    {
        var fleet = FleetOf("w-1");
        fleet.SetPolicy(Policy with { TrustedCapabilities = [] });
        Assert.Equal("NoAvailableWorker", fleet.AssignNext(Request(capabilities: Echo), Lease(1), Start).Refusal?.Code);
        fleet.SetPolicy(Policy with { TrustedCapabilities = [Echo.ToUpperInvariant()] });
        Assert.True(fleet.AssignNext(Request(capabilities: Echo), Lease(1), Start).IsOk);
    }

    [Fact]
    public void Register_FleetFull_IsToldLast()
    {
        var fleet = new WorkerFleet(Policy with { MaxWorkers = 1 });
        Assert.True(fleet.Register(Claims("w-1"), Start).IsOk);
        Assert.Equal("FleetFull", fleet.Register(Claims("w-2"), Start).Refusal?.Code);
        Assert.Equal("AlreadyRegistered", fleet.Register(Claims("W-1"), Start).Refusal?.Code);
    }

    [Fact]
    public void RecentEvents_OverSixtyFour_KeepsTheNewestFirst()
    {
        var fleet = FleetOf("w-1");
        for (var i = 1; i <= 70; i++)
        {
            fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(i));
        }

        Assert.Equal(Enumerable.Range(7, 64).Reverse().Select(i => After(i)), fleet.RecentEvents().Select(e => e.At));
    }

    [Fact]
    public void AssignNext_ManyDifferentRequirements_StaysExactBeyondItsViews()
    {
        var capabilities = Enumerable.Range(0, 300).Select(i => $"tool:{i}").ToArray();
        var fleet = new WorkerFleet(Policy with { TrustedCapabilities = capabilities, HeartbeatTimeoutMs = 1_000_000 });
        for (var i = 0; i < 300; i++)
        {
            Assert.True(fleet.Register(Claims($"w-{i:D3}", capabilities[i], capabilities[(i + 1) % 300]), Start).IsOk);
        }

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                var both = fleet.AssignNext(Request($"run-{round}-{i}", capabilities: [capabilities[i], capabilities[(i + 1) % 300]]), Lease((round * 300) + i + 1), After(round)).Value;
                Assert.Equal($"w-{i:D3}", both.WorkerId.ToString());
                fleet.Complete(both.WorkerId, both.LeaseId, CleanupReport.Verified, After(round));
            }
        }
    }

    [Fact]
    public void Subscribe_HearsEveryEventWithTheLeaseItEnded_UntilDisposed()
    {
        var fleet = FleetOf("w-1");
        var ear = new Ear();
        using (fleet.Subscribe(ear))
        {
            fleet.Assign(Id("w-1"), Request(ttlMs: 1_000), Lease(1), Start);
            fleet.Renew(Id("w-1"), Lease(1), 2_000, After(1));
            fleet.Quarantine(Id("w-1"), null, After(2_001));
        }

        fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(2_002));
        Assert.Equal([$"{WorkerReason.Assigned} ", "renewed", $"{WorkerReason.TtlExpired} {Lease(1)}", $"{WorkerReason.QuarantinedByOperator} "], ear.Heard);
    }

    private sealed class Ear : IFleetObserver
    {
        public List<string> Heard { get; } = [];

        public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease) => Heard.Add($"{lifecycleEvent.ReasonCode} {endedLease}");

        public void OnRenewed(WorkerLease lease) => Heard.Add("renewed");
    }

    [Fact]
    public void WorkerDecision_Accepted_HoldsNoRefusal()
    {
        Assert.Null(WorkerDecision.Accepted(null).Refusal);
        Assert.Equal("uninitialized", default(WorkerDecision).Refusal?.Code);
    }
}
