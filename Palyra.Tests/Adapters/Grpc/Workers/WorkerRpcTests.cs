using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Workers;

/// <summary>A worker's life over TLS: challenge, attestation, work, cleanup; and what is refused on the way.</summary>
public sealed class WorkerRpcTests : IAsyncLifetime
{
    private readonly AttestationSigning _signing = new();
    private RpcGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RpcGateway.StartAsync(
        options => options.EgressProxy = () => new EgressProxyAddress("127.0.0.1:9", "PEM"),
        _signing.Policy,
        services => services.AddSingleton<ILeasedWork>(new OneToken()));

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _signing.Dispose();
    }

    private UnixTime Now => _gateway.Gateway.Now;

    [Fact]
    public async Task Worker_WithASignedFreshAttestation_IsLeasedStartsRenewsAndCleansUp()
    {
        using var node = await _gateway.RegisterAsync();
        var registered = await AttestAsync(node);
        Assert.Equal((true, "registered", "worker.registered"), (registered.Accepted, registered.State, registered.Reason));
        var lease = Lease(node);
        var beat = await node.Workers.HeartbeatAsync(new HeartbeatRequest { V = 7, DeviceId = node.WireId });
        Assert.Equal((true, "assigned", lease.FencingToken, 7u), (beat.Accepted, beat.State, beat.ActiveLease.FencingToken, beat.V));
        var started = await node.Workers.StartWorkAsync(new StartWorkRequest { DeviceId = node.WireId, Lease = Reference(lease) });
        Assert.Equal((true, "busy", "127.0.0.1:9", "the token", "PEM"), (started.Accepted, started.State, started.EgressProxyAuthority, started.EgressToken, started.EgressProxyCaPem));
        Assert.Equal((lease.ExpiresAt.Milliseconds, Now.Milliseconds), (started.LeaseExpiresAtUnixMs, started.GatewayTimeUnixMs));
        var renewed = await node.Workers.RenewLeaseAsync(new RenewLeaseRequest { DeviceId = node.WireId, Lease = Reference(lease), TtlMs = 120_000 });
        Assert.Equal((true, Now.AddMilliseconds(120_000L).Milliseconds), (renewed.Accepted, renewed.LeaseExpiresAtUnixMs));
        var report = new ReportCleanupRequest { DeviceId = node.WireId, Lease = Reference(lease), RemovedWorkspaceScope = true, RemovedArtifacts = true, RemovedLogs = true };
        var cleaned = await node.Workers.ReportCleanupAsync(report);
        Assert.Equal((true, "completed", "worker.completed"), (cleaned.Accepted, cleaned.State, cleaned.Reason));
        Assert.True((await node.Workers.ReportCleanupAsync(report)).Accepted);
    }

    [Fact]
    public async Task Attestation_Replayed_IsRefused()
    {
        using var node = await _gateway.RegisterAsync();
        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        Assert.Equal((32, Now.AddMilliseconds(60_000L).Milliseconds), (challenge.Challenge.Length, challenge.ExpiresAtUnixMs));
        var request = Register(node, challenge.Challenge.Span);
        Bind(node);
        Assert.True((await node.Workers.RegisterWorkerAsync(request)).Accepted);
        var again = await node.Workers.RegisterWorkerAsync(request);
        Assert.Equal((false, "ChallengeMismatch"), (again.Accepted, again.Reason));
    }

    [Fact]
    public async Task Attestation_OfAnotherWorker_IsPermissionDenied()
    {
        using var node = await _gateway.RegisterAsync();
        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        var envelope = _signing.Envelope(AttestationSigning.Attestation(TestGateway.NewDeviceId().ToString(), Now), challenge.Challenge.Span);
        await AssertStatusAsync(StatusCode.PermissionDenied, node.Workers.RegisterWorkerAsync(
            new RegisterWorkerRequest { DeviceId = node.WireId, AttestationEnvelope = ByteString.CopyFrom(envelope) }).ResponseAsync);
    }

    [Fact]
    public async Task Attestation_OfAWorkerUnknownToTheProxy_MissesItsBindingWhateverItClaims()
    {
        using var node = await _gateway.RegisterAsync();
        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        var response = await node.Workers.RegisterWorkerAsync(Register(node, challenge.Challenge.Span));
        Assert.Equal((false, "MissingEgressProxyBinding", ""), (response.Accepted, response.Reason, response.State));
    }

    [Fact]
    public async Task Attestation_OnAHostThatKeepsNoBindings_MissesItsBindingWhateverItClaims()
    {
        await using var gateway = await RpcGateway.StartAsync(policy: _signing.Policy, add: services => services.RemoveAll<ProxyBindings>());
        using var node = await gateway.RegisterAsync();
        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        var response = await node.Workers.RegisterWorkerAsync(Register(node, challenge.Challenge.Span));
        Assert.Equal((false, "MissingEgressProxyBinding", ""), (response.Accepted, response.Reason, response.State));
    }

    [Fact]
    public async Task Envelope_Malformed_IsInvalid()
    {
        using var node = await _gateway.RegisterAsync();
        foreach (var garbage in new[] { "", "{}", "[1]", "{\"payload\":1}" })
        {
            var thrown = await Assert.ThrowsAsync<RpcException>(() => node.Workers.RegisterWorkerAsync(
                new RegisterWorkerRequest { DeviceId = node.WireId, AttestationEnvelope = ByteString.CopyFromUtf8(garbage) }).ResponseAsync);
            Assert.Equal(StatusCode.InvalidArgument, thrown.StatusCode);
            Assert.StartsWith("MalformedEnvelope:", thrown.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(0, _gateway.Fleet.Snapshot().Registered);
        Assert.True((await AttestAsync(node)).Accepted);
    }

    [Fact]
    public async Task Lease_NamedByAnOldTokenOrAnotherId_IsLeaseMismatchOnEveryAct()
    {
        using var node = await _gateway.RegisterAsync();
        await AttestAsync(node);
        var lease = Lease(node);
        var old = new LeaseReference { LeaseId = new() { Ulid = lease.LeaseId.ToString() }, FencingToken = lease.FencingToken - 1 };
        var other = new LeaseReference { LeaseId = new() { Ulid = TestGateway.NewDeviceId().ToString() }, FencingToken = lease.FencingToken };
        foreach (var reference in new[] { old, other })
        {
            Assert.Equal("LeaseMismatch", (await node.Workers.StartWorkAsync(new() { DeviceId = node.WireId, Lease = reference })).Reason);
            Assert.Equal("LeaseMismatch", (await node.Workers.RenewLeaseAsync(new() { DeviceId = node.WireId, Lease = reference, TtlMs = 1 })).Reason);
            Assert.Equal("LeaseMismatch", (await node.Workers.ReportCleanupAsync(new() { DeviceId = node.WireId, Lease = reference })).Reason);
            Assert.False((await node.Workers.EvaluateEgressAsync(new() { DeviceId = node.WireId, Lease = reference, Method = "GET", Url = "https://x.example/" })).Allowed);
        }

        await AssertStatusAsync(StatusCode.InvalidArgument, node.Workers.StartWorkAsync(new() { DeviceId = node.WireId }).ResponseAsync);
        Assert.Equal("assigned", (await node.Workers.HeartbeatAsync(new() { DeviceId = node.WireId })).State);
    }

    [Fact]
    public async Task EvaluateEgress_ForALiveLease_JudgesByItsPolicy()
    {
        using var node = await _gateway.RegisterAsync();
        await AttestAsync(node);
        var lease = Lease(node);
        Assert.True(_gateway.Egress.Open(lease, LeasedEgress.Tool(), System.Security.Cryptography.RandomNumberGenerator.GetBytes(32), Now).IsOk);
        var allowed = await node.Workers.EvaluateEgressAsync(new() { DeviceId = node.WireId, Lease = Reference(lease), Method = "GET", Url = "https://93.184.216.34/" });
        Assert.Equal((true, "93.184.216.34", 443u), (allowed.Allowed, allowed.Host, allowed.Port));
        var denied = await node.Workers.EvaluateEgressAsync(new() { DeviceId = node.WireId, Lease = Reference(lease), Method = "GET", Url = "https://127.0.0.1/" });
        Assert.Equal((false, "egress.denied.private_target"), (denied.Allowed, denied.ReasonCode));
    }

    [Fact]
    public async Task Heartbeat_OfAnUnknownWorker_IsRefusedWithItsCode()
    {
        using var node = await _gateway.RegisterAsync();
        var response = await node.Workers.HeartbeatAsync(new HeartbeatRequest { DeviceId = node.WireId });
        Assert.Equal((false, "UnknownWorker"), (response.Accepted, response.Reason));
    }

    [Fact]
    public async Task Revocation_EndsTheStreamQuarantinesTheWorkerAndClosesItsEgress()
    {
        using var node = await _gateway.RegisterAsync();
        await AttestAsync(node);
        using var call = await node.OpenStreamAsync();
        var lease = Lease(node);
        var session = _gateway.Egress.Open(lease, LeasedEgress.Tool(), System.Security.Cryptography.RandomNumberGenerator.GetBytes(32), Now).Value;
        var ended = new TaskCompletionSource();
        using var registration = session.Closed.Register(ended.SetResult);
        Assert.True(_gateway.Gateway.Registry.Revoke(node.Device, "stolen", Now).IsOk);
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(_gateway.Fleet.TryGet(WorkerId.From(node.Device), out var record));
        Assert.Equal(Palyra.Domain.Fleet.WorkerState.Quarantined, record.State);
        Assert.False(_gateway.Bindings.IsBound(WorkerId.From(node.Device), Now));
    }

    private async Task<RegisterWorkerResponse> AttestAsync(RpcNode node)
    {
        Bind(node);
        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        return await node.Workers.RegisterWorkerAsync(Register(node, challenge.Challenge.Span));
    }

    private RegisterWorkerRequest Register(RpcNode node, ReadOnlySpan<byte> challenge) => new()
    {
        DeviceId = node.WireId,
        AttestationEnvelope = ByteString.CopyFrom(_signing.Envelope(AttestationSigning.Attestation(node.Device.ToString(), Now), challenge)),
    };

    private void Bind(RpcNode node) => _gateway.Bindings.Prove(WorkerId.From(node.Device), Now);

    private WorkerLease Lease(RpcNode node)
    {
        var request = Builders.Workers.Request();
        request = request with { Grant = request.Grant with { ExpiresAt = Now.AddMilliseconds(3_000_000L) } };
        return _gateway.Fleet.Assign(WorkerId.From(node.Device), request, new LeaseId(TestGateway.NewDeviceId().Value), Now).Value;
    }

    private static LeaseReference Reference(WorkerLease lease) =>
        new() { LeaseId = new() { Ulid = lease.LeaseId.ToString() }, FencingToken = lease.FencingToken };

    private static async Task AssertStatusAsync(StatusCode expected, Task call) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);

    private sealed class OneToken : ILeasedWork
    {
        public bool TryCollectEgressToken(WorkerId worker, LeaseId lease, [NotNullWhen(true)] out string? token)
        {
            token = "the token";
            return true;
        }

        public ValueTask<Result> VerifyOutputAsync(WorkerId worker, LeaseId lease, string? outputManifestSha256, CancellationToken cancellation) => new(Result.Ok);
    }
}
