using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Identity;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Client;

public sealed class PairingTests : IAsyncLifetime
{
    private RpcGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RpcGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(PairingMethod.Pin)]
    [InlineData(PairingMethod.Qr)]
    public async Task Pair_Approved_GivesTheNodeACertificateThatCounts(PairingMethod method)
    {
        await using var node = NodeClients.For(_gateway);
        var code = (await _gateway.Runtime.MintCode(method, "operator")).Value;
        var pairing = (await node.Client.BeginPairingAsync(method, code.Code)).Value;
        Assert.True(_gateway.Runtime.TryFindPairing(pairing.SessionId, out var request));
        Assert.Equal(pairing.CheckCode, PairingApproval.Of(request).CheckCode);
        Assert.Equal("high", PairingApproval.Of(request).Risk);
        Assert.False(node.Client.IsPaired);

        await _gateway.Runtime.Approve(pairing.SessionId, new PairingDecision("operator"));
        Assert.Equal(pairing.DeviceId, (await node.Client.AwaitApprovalAsync()).Value);

        Assert.True(node.Client.IsPaired);
        using var certificate = node.Client.GetCertificate()!;
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(pairing.DeviceId, _gateway.Gateway.Registry.Authenticate(CertificateFingerprint.Of(certificate.RawData), _gateway.Gateway.Now).Value);
        Assert.Empty(_gateway.Runtime.ListCodes());
    }

    [Fact]
    public async Task Pair_TrustByCertificate_Works()
    {
        await using var node = NodeClients.For(_gateway, options => options with { Trust = GatewayTrust.FromPem(_gateway.Gateway.Certificates.CaCertificatePem) });
        await node.PairAsync();
        Assert.True(node.Client.IsPaired);
    }

    [Fact]
    public async Task Pair_OtherPin_NeverShowsTheServerTheCode()
    {
        await using var node = NodeClients.For(_gateway, options => options with { Trust = GatewayTrust.FromPin(new string('a', 64)) });
        var code = (await _gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        Assert.Equal("node.gateway_untrusted", (await node.Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).Refusal!.Code);
        Assert.Single(_gateway.Runtime.ListCodes());
        Assert.Empty(node.Secrets.Keys);
    }

    [Fact]
    public async Task Pair_OtherAuthority_IsUntrusted()
    {
        using var other = new TestGateway();
        await using var node = NodeClients.For(_gateway, options => options with { Trust = GatewayTrust.FromPem(other.Certificates.CaCertificatePem) });
        Assert.Equal("node.gateway_untrusted", (await node.Client.BeginPairingAsync(PairingMethod.Pin, "123456")).Refusal!.Code);
    }

    [Fact]
    public async Task Pair_ServerNameThatTheCertificateLacks_IsUntrusted()
    {
        await using var node = NodeClients.For(_gateway, options => options with { ServerName = "elsewhere.example" });
        Assert.Equal("node.gateway_untrusted", (await node.Client.BeginPairingAsync(PairingMethod.Pin, "123456")).Refusal!.Code);
        await using var named = NodeClients.For(_gateway, options => options with { ServerName = "palyrad-node-rpc" });
        await named.PairAsync();
    }

    [Fact]
    public void Accepts_OnlyTheGatewaysServerCertificateUnderItsNames()
    {
        using var certificate = _gateway.Gateway.Pair(TestGateway.NewDeviceId());
        var trust = GatewayTrust.FromPem(_gateway.Gateway.Certificates.CaCertificatePem);
        Assert.False(trust.Accepts(certificate, "localhost", _gateway.Gateway.Now));
        Assert.True(trust.Accepts(_gateway.Gateway.Certificates.Server, "localhost", _gateway.Gateway.Now));
        Assert.True(trust.Accepts(_gateway.Gateway.Certificates.Server, "::1", _gateway.Gateway.Now));
        Assert.False(trust.Accepts(_gateway.Gateway.Certificates.Server, "localhost.example", _gateway.Gateway.Now));
        Assert.False(trust.Accepts(_gateway.Gateway.Certificates.Server, "10.0.0.1", _gateway.Gateway.Now));
        Assert.False(trust.Accepts(_gateway.Gateway.Certificates.Server, "localhost", _gateway.Gateway.Now.Add(TimeSpan.FromDays(31))));
        Assert.False(trust.Accepts(null, "localhost", _gateway.Gateway.Now));
    }

    [Fact]
    public async Task Pair_WrongCode_IsRefused()
    {
        await using var node = NodeClients.For(_gateway);
        var refusal = (await node.Client.BeginPairingAsync(PairingMethod.Pin, "000000")).Refusal!;
        Assert.Equal("node.gateway_refused", refusal.Code);
        Assert.Equal("FailedPrecondition", refusal.Subject);
    }

    [Fact]
    public async Task Pair_PinGivenAsQrToken_IsRefusedAndThePinStays()
    {
        await using var node = NodeClients.For(_gateway);
        var code = (await _gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        Assert.False((await node.Client.BeginPairingAsync(PairingMethod.Qr, code.Code)).IsOk);
        Assert.True((await node.Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).IsOk);
    }

    [Fact]
    public async Task Pair_Rejected_SaysWhy()
    {
        await using var node = NodeClients.For(_gateway);
        var code = (await _gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        var pairing = (await node.Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).Value;
        await _gateway.Runtime.Reject(pairing.SessionId, new PairingDecision("operator", "check codes differ"));
        var refusal = (await node.Client.AwaitApprovalAsync()).Refusal!;
        Assert.Equal("node.pairing_rejected", refusal.Code);
        Assert.Contains("check codes differ", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal("node.no_pairing_open", (await node.Client.AwaitApprovalAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task Pair_NobodyDecides_Expires()
    {
        await using var node = NodeClients.For(_gateway);
        var code = (await _gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        var pairing = (await node.Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).Value;
        _gateway.Gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("node.pairing_expired", (await node.Client.AwaitApprovalAsync()).Refusal!.Code);
        Assert.Equal("InvalidPairingTransition", (await _gateway.Runtime.Approve(pairing.SessionId, new PairingDecision("operator"))).Refusal!.Code);
    }

    [Fact]
    public async Task Pair_NodeRestartedBeforeTheApproval_TakesItUpAgain()
    {
        await using var node = NodeClients.For(_gateway);
        var code = (await _gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        var pairing = (await node.Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).Value;
        await _gateway.Runtime.Approve(pairing.SessionId, new PairingDecision("operator"));
        var restarted = new PalyraNodeClient(node.Options, node.Handlers, node.Secrets, _gateway.Gateway.Clock);
        Assert.Equal(pairing.DeviceId, (await restarted.AwaitApprovalAsync()).Value);
        Assert.True(restarted.IsPaired);
    }

    [Fact]
    public async Task Pair_Again_KeepsTheDeviceAndItsSigningKey()
    {
        await using var node = NodeClients.For(_gateway);
        var first = await node.PairAsync();
        Assert.Equal(first, await node.PairAsync());
        var requests = _gateway.Runtime.ListPairings();
        Assert.Equal(2, requests.Count);
        Assert.Single(requests.Select(request => request.VerifiedPairing.IdentityFingerprint).Distinct());
    }

    [Fact]
    public async Task Run_NotPaired_SaysSo()
    {
        await using var node = NodeClients.For(_gateway);
        Assert.Equal("node.not_paired", (await node.Client.RunAsync(CancellationToken.None)).Refusal!.Code);
    }

    [Fact]
    public async Task Begin_NobodyListens_IsUnreachable()
    {
        await using var node = NodeClients.For(_gateway, options => options with { Gateway = new Uri("https://127.0.0.1:1") });
        Assert.Equal("node.unreachable", (await node.Client.BeginPairingAsync(PairingMethod.Pin, "123456")).Refusal!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg")]
    public void FromPin_NoSha256_IsRefused(string pin) => Assert.Throws<ArgumentException>(() => GatewayTrust.FromPin(pin));

    [Fact]
    public void FromPem_NoCertificate_IsRefused() => Assert.Throws<ArgumentException>(() => GatewayTrust.FromPem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));

    [Fact]
    public async Task Certificate_InTheStore_IsTheOnlyPlaceOfThePrivateKeys()
    {
        await using var node = NodeClients.For(_gateway);
        await node.PairAsync();
        Assert.Equal(["node/identity"], node.Secrets.Keys);
        using var certificate = node.Client.GetCertificate()!;
        using var key = certificate.GetECDsaPrivateKey()!;
        Assert.DoesNotContain(Convert.ToBase64String(key.ExportPkcs8PrivateKey())[..40], node.Client.ToString(), StringComparison.Ordinal);
        Assert.All(_gateway.Runtime.ListPairings(), request => Assert.DoesNotContain("PRIVATE", request.Material!.ToString(), StringComparison.Ordinal));
    }
}
