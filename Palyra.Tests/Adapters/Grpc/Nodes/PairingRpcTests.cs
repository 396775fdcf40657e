using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Nodes;

/// <summary>Pairing as the wire has it: the happy path, and the status of each way to fail.</summary>
public sealed class PairingRpcTests : IAsyncLifetime
{
    private RpcGateway _gateway = null!;
    private global::Grpc.Net.Client.GrpcChannel _channel = null!;
    private NodeService.NodeServiceClient _client = null!;

    public async Task InitializeAsync()
    {
        _gateway = await RpcGateway.StartAsync();
        _channel = _gateway.Connect();
        _client = new NodeService.NodeServiceClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Pairing_WithAPinAndAnApproval_GivesACertificateThatIsLetIn()
    {
        using var device = new DeviceUnderPairing(TestGateway.NewDeviceId());
        var (begun, request) = await CompleteRequestAsync(device, " NODE ");
        Assert.Equal((2u, "node", 32, 65), (begun.V, begun.ClientKind, begun.Challenge.Length, begun.GatewayEphemeralPublic.Length));
        var completed = await _client.CompletePairingSessionAsync(request);
        Assert.Equal((2u, false, "pending_approval"), (completed.V, completed.Paired, completed.Reason));
        Assert.Equal(completed, await _client.CompletePairingSessionAsync(request));
        var poll = new GetPairingRequestStatusRequest { V = 2, SessionId = begun.SessionId, DeviceId = request.DeviceId };
        Assert.Equal("pending_approval", (await _client.GetPairingRequestStatusAsync(poll)).Status);
        await _gateway.Runtime.Approve(PairingSessionId.Parse(begun.SessionId), new PairingDecision("operator", "known"));
        var collected = await _client.GetPairingRequestStatusAsync(poll);
        Assert.Equal(("completed", true, "", completed.TranscriptHash), (collected.Status, collected.Paired, collected.MtlsClientPrivateKeyPem, collected.TranscriptHash));
        Assert.Equal(collected, await _client.GetPairingRequestStatusAsync(poll));
        using var bare = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(collected.MtlsClientCertificatePem);
        using var certificate = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.CopyWithPrivateKey(bare, device.CertificateKey);
        using var paired = _gateway.Connect(certificate);
        var registered = await new NodeService.NodeServiceClient(paired).RegisterNodeAsync(new RegisterNodeRequest { DeviceId = request.DeviceId, Platform = "linux-x64" });
        Assert.Equal((true, 1u), (registered.Accepted, registered.V));
    }

    [Fact]
    public async Task Begin_VersionOne_IsFailedPreconditionAndSaysWhy()
    {
        var thrown = await FailAsync(_client.BeginPairingSessionAsync(new() { V = 1, ClientKind = "node", Method = new() { PinCode = "1" } }).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, thrown.StatusCode);
        Assert.Contains("version 2", thrown.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("browser")]
    [InlineData("")]
    [InlineData("nodes")]
    public async Task Begin_UnknownClientKind_IsInvalid(string kind)
    {
        var thrown = await FailAsync(_client.BeginPairingSessionAsync(new() { V = 2, ClientKind = kind, Method = new() { PinCode = "1" } }).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, thrown.StatusCode);
    }

    [Fact]
    public async Task Begin_WithoutMethod_IsInvalid() =>
        Assert.Equal(StatusCode.InvalidArgument, (await FailAsync(_client.BeginPairingSessionAsync(new() { V = 2, ClientKind = "node" }).ResponseAsync)).StatusCode);

    [Fact]
    public async Task Begin_WrongCode_IsFailedPreconditionAndManyAreResourceExhausted()
    {
        var statuses = new List<StatusCode>();
        for (var i = 0; i < 11; i++)
        {
            statuses.Add((await FailAsync(_client.BeginPairingSessionAsync(new() { V = 2, ClientKind = "node", Method = new() { PinCode = $"{i:D6}" } }).ResponseAsync)).StatusCode);
        }

        Assert.All(statuses.Take(10), status => Assert.Equal(StatusCode.FailedPrecondition, status));
        Assert.Equal(StatusCode.ResourceExhausted, statuses[10]);
    }

    [Fact]
    public async Task Begin_OverItsRate_LeavesNoNonceBehind()
    {
        for (var i = 0; i < 10; i++)
        {
            await FailAsync(_client.BeginPairingSessionAsync(new() { V = 2, ClientKind = "node", Method = new() { PinCode = $"{i:D6}" } }).ResponseAsync);
        }

        var code = (await _gateway.Runtime.MintCode(Palyra.Domain.Pairing.PairingMethod.Pin, "operator", null)).Value.Code;
        var request = new BeginPairingSessionRequest
        {
            V = 2,
            ClientKind = "node",
            Method = new() { PinCode = code },
            Replay = new() { Nonce = "once", TimestampUnixMs = _gateway.Gateway.Now.Milliseconds },
        };
        Assert.StartsWith("pairing.rate_limited", (await FailAsync(_client.BeginPairingSessionAsync(request).ResponseAsync)).Status.Detail, StringComparison.Ordinal);
        _gateway.Gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotEmpty((await _client.BeginPairingSessionAsync(request)).SessionId);
        Assert.StartsWith("replay_detected", (await FailAsync(_client.BeginPairingSessionAsync(request).ResponseAsync)).Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_UnknownSession_IsNotFound()
    {
        using var device = new DeviceUnderPairing(TestGateway.NewDeviceId());
        var (_, request) = await CompleteRequestAsync(device);
        request.SessionId = TestGateway.NewDeviceId().ToString();
        Assert.Equal(StatusCode.NotFound, (await FailAsync(_client.CompletePairingSessionAsync(request).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Complete_BrokenProof_IsFailedPrecondition()
    {
        using var device = new DeviceUnderPairing(TestGateway.NewDeviceId());
        var (_, request) = await CompleteRequestAsync(device);
        request.TranscriptMac = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
        Assert.Equal(StatusCode.FailedPrecondition, (await FailAsync(_client.CompletePairingSessionAsync(request).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Complete_MalformedOrOversizedFields_IsInvalid()
    {
        using var device = new DeviceUnderPairing(TestGateway.NewDeviceId());
        var (_, request) = await CompleteRequestAsync(device);
        foreach (var bend in new Action<CompletePairingSessionRequest>[]
        {
            bent => bent.SessionId = "x",
            bent => bent.DeviceId = null,
            bent => bent.DeviceId = new() { Ulid = "x" },
            bent => bent.DeviceSigningPublic = ByteString.CopyFrom(new byte[5_000]),
            bent => bent.Proof = new string('1', 5_000),
            bent => bent.CertificateSigningRequest = ByteString.CopyFrom(new byte[5_000]),
        })
        {
            var bent = request.Clone();
            bend(bent);
            Assert.Equal(StatusCode.InvalidArgument, (await FailAsync(_client.CompletePairingSessionAsync(bent).ResponseAsync)).StatusCode);
        }
    }

    [Fact]
    public async Task Status_UnknownSessionOrForeignDevice_IsNotFound()
    {
        using var device = new DeviceUnderPairing(TestGateway.NewDeviceId());
        var (_, request) = await CompleteRequestAsync(device);
        await _client.CompletePairingSessionAsync(request);
        var foreign = new GetPairingRequestStatusRequest { SessionId = request.SessionId, DeviceId = new() { Ulid = TestGateway.NewDeviceId().ToString() } };
        Assert.Equal(StatusCode.NotFound, (await FailAsync(_client.GetPairingRequestStatusAsync(foreign).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Rotate_WithAMalformedRequestOrWithoutPossession_IsRefused()
    {
        using var node = await _gateway.RegisterAsync();
        foreach (var (request, expected) in new[] { (new byte[] { 1, 2, 3 }, StatusCode.InvalidArgument), (SigningRequests.WithoutPossession(), StatusCode.FailedPrecondition) })
        {
            var thrown = await FailAsync(node.Nodes.RotateDeviceCertificateAsync(new() { DeviceId = node.WireId, CertificateSigningRequest = ByteString.CopyFrom(request) }).ResponseAsync);
            Assert.Equal(expected, thrown.StatusCode);
        }

        var rotated = await node.Nodes.RotateDeviceCertificateAsync(new() { DeviceId = node.WireId, CertificateSigningRequest = ByteString.CopyFrom(SigningRequests.P256()) });
        Assert.True(rotated.Rotated);
        Assert.Equal("", rotated.MtlsClientPrivateKeyPem);
    }

    [Fact]
    public async Task Revoke_ByTheDeviceItself_IsItsLastCall()
    {
        using var node = await _gateway.RegisterAsync();
        Assert.True((await node.Nodes.RevokeDevicePairingAsync(new() { DeviceId = node.WireId, Reason = "retired" })).Revoked);
        var thrown = await FailAsync(node.Nodes.RevokeDevicePairingAsync(new() { DeviceId = node.WireId, Reason = "again" }).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
    }

    private async Task<(BeginPairingSessionResponse Begun, CompletePairingSessionRequest Request)> CompleteRequestAsync(DeviceUnderPairing device, string kind = "node")
    {
        var code = (await _gateway.Runtime.MintCode(Palyra.Domain.Pairing.PairingMethod.Pin, "operator", null)).Value.Code;
        var begun = await _client.BeginPairingSessionAsync(new() { V = 2, ClientKind = kind, Method = new() { PinCode = code } });
        var challenge = new PairingChallenge(
            PairingSessionId.Parse(begun.SessionId), ClientKind.Node, begun.GatewayEphemeralPublic.Memory, begun.Challenge.Memory, new UnixTime((long)begun.ExpiresAtUnixMs));
        var completion = device.Answer(challenge, code).Completion;
        return (begun, new CompletePairingSessionRequest
        {
            V = completion.Version,
            SessionId = begun.SessionId,
            DeviceId = new() { Ulid = device.Id.ToString() },
            ClientKind = completion.ClientKind,
            Proof = code,
            DeviceSigningPublic = ByteString.CopyFrom(completion.SigningPublic.Span),
            DeviceX25519Public = ByteString.CopyFrom(completion.AgreementPublic.Span),
            ChallengeSignature = ByteString.CopyFrom(completion.ChallengeSignature.Span),
            TranscriptMac = ByteString.CopyFrom(completion.TranscriptMac.Span),
            CertificateSigningRequest = ByteString.CopyFrom(completion.CertificateRequest.Span),
        });
    }

    private static async Task<RpcException> FailAsync(Task call) => await Assert.ThrowsAsync<RpcException>(() => call);
}
