using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Domain.Identity;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Gate;

/// <summary>Each row of the gate for each method, over TLS.</summary>
public sealed class CertificateGateTests : IAsyncLifetime
{
    private GateHost _host = null!;

    private TestGateway Gateway => _host.Gateway;

    public async Task InitializeAsync() => _host = await GateHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public static TheoryData<string> Methods => [.. GatedCalls.All.Keys];

    public static TheoryData<string> BoundMethods => [.. GatedCalls.All.Keys.Except(GatedCalls.Open)];

    public static TheoryData<string> ReplayProtectedMethods => [.. GatedCalls.All.Keys.Except(GatedCalls.WithoutReplay)];

    [Fact]
    public void EveryMethod_IsTested() => Assert.Equal(GatedCalls.Described.Order(), GatedCalls.All.Keys.Order());

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task NoCertificate_IsUnauthenticatedSaveOnTheOpenMethods(string method) =>
        await AssertAsync(GatedCalls.Open.Contains(method) ? StatusCode.OK : StatusCode.Unauthenticated, method, null, TestGateway.NewDeviceId().ToString());

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task OwnCertificate_IsLetIn(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        await AssertAsync(StatusCode.OK, method, certificate, device.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task CertificateOfAnotherDevice_IsDenied(string method)
    {
        var other = TestGateway.NewDeviceId();
        Gateway.Pair(other).Dispose();
        using var certificate = Gateway.Pair(TestGateway.NewDeviceId());
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, other.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task MalformedDeviceId_IsInvalid(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        foreach (var malformed in new[] { "", "not a ulid", device.ToString().ToLowerInvariant(), device + " ", new string('0', 26), new string('7', 10_000) })
        {
            await AssertAsync(StatusCode.InvalidArgument, method, certificate, malformed);
        }
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task RevokedDevice_IsDenied(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        Assert.True(Gateway.Registry.Revoke(device, "lost", Gateway.Now).IsOk);
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, device.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task CertificateTheRegistryDoesNotKnow_IsDenied(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Issue(device).Certificate;
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, device.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task SelfSignedCertificate_IsDenied(string method)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=Palyra Gateway CA", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, TestGateway.NewDeviceId().ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task CertificateOfAnotherAuthorityOfTheSameName_IsDenied(string method)
    {
        using var elsewhere = new TestGateway();
        var device = TestGateway.NewDeviceId();
        Gateway.Pair(device).Dispose();
        using var certificate = elsewhere.Pair(device);
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, device.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task ExpiredCertificate_IsDenied(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        Gateway.Clock.Advance(TimeSpan.FromHours(24));
        await AssertAsync(StatusCode.PermissionDenied, method, certificate, device.ToString());
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task CertificateNotYetValid_IsDeniedUntilItIs(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        Gateway.Clock.AdjustTime(Gateway.Clock.GetUtcNow().AddMinutes(-6));
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        var thrown = await Assert.ThrowsAsync<RpcException>(() => GatedCalls.All[method](channel, device.ToString(), null));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
        Gateway.Clock.Advance(TimeSpan.FromMinutes(6));
        await GatedCalls.All[method](channel, device.ToString(), null);
    }

    [Theory]
    [MemberData(nameof(BoundMethods))]
    public async Task ServerCertificateAsClient_IsDenied(string method) =>
        await AssertAsync(StatusCode.PermissionDenied, method, Gateway.Certificates.Server, TestGateway.NewDeviceId().ToString());

    [Theory]
    [MemberData(nameof(ReplayProtectedMethods))]
    public async Task ReplayedNonceOrStaleTimestamp_IsReplayDetected(string method)
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        var now = Gateway.Now.Milliseconds;
        var fresh = new ReplayProtection { Nonce = "once", TimestampUnixMs = now };
        await AssertAsync(StatusCode.OK, method, certificate, device.ToString(), fresh);
        await AssertAsync(StatusCode.FailedPrecondition, method, certificate, device.ToString(), fresh, "replay_detected");
        await AssertAsync(StatusCode.FailedPrecondition, method, certificate, device.ToString(), new() { Nonce = "late", TimestampUnixMs = now - 300_001 }, "replay_detected");
        await AssertAsync(StatusCode.FailedPrecondition, method, certificate, device.ToString(), new() { Nonce = "early", TimestampUnixMs = now + 300_001 }, "replay_detected");
        await AssertAsync(StatusCode.InvalidArgument, method, certificate, device.ToString(), new() { TimestampUnixMs = now });
    }

    [Fact]
    public async Task OpenStream_OfARevokedDevice_EndsAtOnceAndByItself()
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        using var bystander = Gateway.Pair(TestGateway.NewDeviceId());
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        using var other = Gateway.Connect(_host.EndPoint, bystander);
        using var call = await OpenAsync(channel, device);
        using var untouched = new Palyra.Adapters.Grpc.Wire.Node.NodeService.NodeServiceClient(other).StreamNodeEvents();
        Gateway.Registry.Revoke(device, "lost", Gateway.Now);
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
        await untouched.RequestStream.CompleteAsync();
        Assert.False(await untouched.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task OpenStream_OfACertificateThatWasReplaced_Ends()
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        using var call = await OpenAsync(channel, device);
        Gateway.Pair(device).Dispose();
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
    }

    [Fact]
    public async Task MessageOnAnOpenStream_AfterItsCertificateExpired_IsDenied()
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        using var call = await OpenAsync(channel, device);
        Gateway.Clock.Advance(TimeSpan.FromHours(24));
        await call.RequestStream.WriteAsync(new() { DeviceId = GatedCalls.Id(device.ToString()), EventName = "second" });
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
    }

    [Fact]
    public async Task MessageOnAnOpenStream_ThatNamesAnotherDevice_IsDenied()
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = Gateway.Pair(device);
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        using var call = await OpenAsync(channel, device);
        await call.RequestStream.WriteAsync(new() { DeviceId = GatedCalls.Id(TestGateway.NewDeviceId().ToString()), EventName = "second" });
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
    }

    [Fact]
    public async Task RetiredCertificate_CountsUntilItsSuccessorIsUsed()
    {
        var device = TestGateway.NewDeviceId();
        using var old = Gateway.Pair(device);
        var (next, issued) = Gateway.Issue(device);
        using var certificate = next;
        Assert.True(Gateway.Registry.Rotate(device, CertificateFingerprint.Of(old.RawDataMemory.Span), issued, Gateway.Now).IsOk);
        await AssertAsync(StatusCode.OK, "RegisterNode", old, device.ToString());
        await AssertAsync(StatusCode.OK, "RegisterNode", certificate, device.ToString());
        await AssertAsync(StatusCode.PermissionDenied, "RegisterNode", old, device.ToString());
    }

    private static async Task<AsyncDuplexStreamingCall<Palyra.Adapters.Grpc.Wire.Node.NodeEventRequest, Palyra.Adapters.Grpc.Wire.Node.NodeEventResponse>> OpenAsync(
        ChannelBase channel, Palyra.Domain.Ids.DeviceId device)
    {
        var call = new Palyra.Adapters.Grpc.Wire.Node.NodeService.NodeServiceClient(channel).StreamNodeEvents();
        await call.RequestStream.WriteAsync(new() { DeviceId = GatedCalls.Id(device.ToString()), EventName = "first" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        return call;
    }

    private async Task AssertAsync(
        StatusCode expected, string method, X509Certificate2? certificate, string device, ReplayProtection? replay = null, string? code = null)
    {
        using var channel = Gateway.Connect(_host.EndPoint, certificate);
        var actual = new Status(StatusCode.OK, "");
        try
        {
            await GatedCalls.All[method](channel, device, replay);
        }
        catch (RpcException exception)
        {
            actual = exception.Status;
        }

        Assert.True(expected == actual.StatusCode, $"{method}: {actual}");
        Assert.StartsWith(code ?? "", actual.Detail, StringComparison.Ordinal);
    }
}
