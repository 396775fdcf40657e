using System.Globalization;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Fleet;

/// <summary>A fleet of n workers and the cycles that are measured on it. Every cycle comes with a grant and a lease id of its own, one millisecond later than the last.</summary>
internal sealed class FleetScene
{
    internal const string Common = "tool:palyra.echo";
    internal const string Rare = "tool:palyra.sleep";

    private static readonly UnixTime Start = new(1_800_000_000_000);
    private static readonly string[] CommonOnly = [Common];
    private static readonly string[] CommonAndRare = [Common, Rare];

    private readonly WorkspaceScope _workspace = new() { WorkspaceRoot = "/workspace", AllowedPaths = ["src"] };
    private readonly ArtifactTransport _transport = new()
    {
        InputManifestDigest = new string('1', 64),
        OutputManifestDigest = new string('2', 64),
        LogStreamId = "log",
        ScratchDirectoryId = "scratch",
    };

    private LeaseRequest[] _requests = [];
    private int _firstRequest;
    private ulong _lease;
    private long _ticks;

    internal FleetScene(int workers, bool onlyLastIsCapable = false)
    {
        Ids = new WorkerId[workers];
        Fleet = new WorkerFleet(Policy(workers));
        foreach (var i in Enumerable.Range(0, workers))
        {
            Ids[i] = WorkerId.Parse(string.Create(CultureInfo.InvariantCulture, $"worker-{i:D7}"));
            Register(Ids[i], onlyLastIsCapable && i < workers - 1 ? CommonOnly : CommonAndRare);
        }
    }

    internal WorkerId[] Ids { get; }

    internal WorkerFleet Fleet { get; }

    internal UnixTime Now => Start.AddMilliseconds(Interlocked.Read(ref _ticks));

    internal static WorkerFleetPolicy Policy(int workers) => new()
    {
        MaxWorkers = workers + 1_000_000,
        AllowUnsignedAttestations = true,
        HeartbeatTimeoutMs = 12 * 60 * 60 * 1000,
    };

    internal void Advance(long milliseconds) => _ticks += milliseconds;

    internal void Register(WorkerId id, string[]? capabilities = null) => Register(id, capabilities, Start.AddMilliseconds(-1000));

    /// <summary>Registers a worker that failed closed before, with an attestation issued since.</summary>
    internal void RegisterAfresh(WorkerId id)
    {
        _ticks++;
        Register(id, null, Now);
    }

    private void Register(WorkerId id, string[]? capabilities, UnixTime issuedAt)
    {
        var registered = Fleet.Register(
            new WorkerAttestation
            {
                WorkerId = id,
                ImageDigest = new string('a', 64),
                BuildDigest = new string('b', 64),
                ArtifactDigest = new string('c', 64),
                EgressProxyAttested = true,
                SupportedCapabilities = capabilities ?? CommonAndRare,
                IssuedAt = issuedAt,
                ExpiresAt = Start.AddMilliseconds(20L * 60 * 60 * 1000),
            },
            Now);
        _ = registered.Value;
    }

    /// <summary>Makes the requests of the coming cycles beforehand: what a caller allocates for a request is not the fleet's.</summary>
    internal void Prepare(int cycles, ulong ttlMs = 60_000, params string[] capabilities)
    {
        _firstRequest += _requests.Length;
        _requests = new LeaseRequest[cycles];
        for (var i = 0; i < cycles; i++)
        {
            var run = RunId.Parse(string.Create(CultureInfo.InvariantCulture, $"run-{_firstRequest + i}"));
            _requests[i] = new LeaseRequest
            {
                RunId = run,
                TtlMs = ttlMs,
                RequiredCapabilities = capabilities,
                Workspace = _workspace,
                Transport = _transport,
                Grant = new RunGrant
                {
                    GrantId = GrantId.Parse(string.Create(CultureInfo.InvariantCulture, $"grant-{_firstRequest + i}")),
                    RunId = run,
                    ToolName = "palyra.echo",
                    ExpiresAt = Start.AddMilliseconds(15L * 60 * 60 * 1000),
                },
            };
        }
    }

    internal WorkerLease AssignNext(int cycle) => Fleet.AssignNext(_requests[cycle], NextLease(), Now).Value;

    internal WorkerLease Assign(WorkerId worker, int cycle) => Fleet.Assign(worker, _requests[cycle], NextLease(), Now).Value;

    internal void Complete(WorkerLease lease) => _ = Fleet.Complete(lease.WorkerId, lease.LeaseId, CleanupReport.Verified, Now).Value;

    private LeaseId NextLease()
    {
        Interlocked.Increment(ref _ticks);
        return new LeaseId(Ulid.FromBits(Interlocked.Increment(ref _lease)));
    }
}
