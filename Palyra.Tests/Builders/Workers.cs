using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>Workers, requests and fleets that are valid at <see cref="Start"/>, to be bent with <c>with</c>.</summary>
internal static class Workers
{
    internal const string Echo = "tool:palyra.echo";
    internal const string Sleep = "tool:palyra.sleep";

    internal static readonly UnixTime Start = new(1_000_000);

    internal static readonly WorkerFleetPolicy Policy = new() { AllowUnsignedAttestations = true };

    internal static UnixTime After(long milliseconds) => Start.AddMilliseconds(milliseconds);

    internal static WorkerId Id(string text) => WorkerId.Parse(text);

    internal static LeaseId Lease(int number) => new(Ulid.FromBits((UInt128)number));

    /// <summary>The same by a name that no namespace hides.</summary>
    internal static WorkerAttestation Claims(string worker = "w-1", params string[] capabilities) => Attestation(worker, capabilities);

    internal static WorkerAttestation Attestation(string worker = "w-1", params string[] capabilities) => new()
    {
        WorkerId = Id(worker),
        ImageDigest = new string('a', 64),
        BuildDigest = new string('b', 64),
        ArtifactDigest = new string('c', 64),
        EgressProxyAttested = true,
        SupportedCapabilities = capabilities.Length == 0 ? [Echo] : capabilities,
        IssuedAt = After(-1000),
        ExpiresAt = After(10_000_000),
    };

    internal static LeaseRequest Request(string run = "run-1", ulong ttlMs = 60_000, string? grant = null, params string[] capabilities) => new()
    {
        RunId = RunId.Parse(run),
        TtlMs = ttlMs,
        RequiredCapabilities = capabilities,
        Workspace = new WorkspaceScope { WorkspaceRoot = "/workspace", AllowedPaths = ["src"] },
        Transport = new ArtifactTransport
        {
            InputManifestDigest = new string('d', 64),
            OutputManifestDigest = "",
            LogStreamId = "log",
            ScratchDirectoryId = "scratch",
        },
        Grant = new RunGrant
        {
            GrantId = GrantId.Parse(grant ?? $"grant-{run}"),
            RunId = RunId.Parse(run),
            ToolName = "palyra.echo",
            ExpiresAt = After(9_000_000),
        },
    };

    internal static WorkerFleet FleetOf(params string[] workers)
    {
        var fleet = new WorkerFleet(Policy);
        foreach (var worker in workers)
        {
            Assert.True(fleet.Register(Claims(worker), Start).IsOk);
        }

        return fleet;
    }

    internal static WorkerRecord Get(this WorkerFleet fleet, string worker)
    {
        Assert.True(fleet.TryGet(Id(worker), out var record));
        return record;
    }
}
