using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Egress.Client;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class MutualTlsTests : IAsyncLifetime
{
    private readonly TestGateway _gateway = new();
    private readonly ScriptedOrigin _origin = ScriptedOrigin.Echoing();
    private readonly DeviceId _device = TestGateway.NewDeviceId();
    private ProxyWorld _world = null!;

    public async Task InitializeAsync() => _world = await ProxyWorld.StartAsync(
        options => options.ServerCertificate = () => _gateway.Certificates.Server,
        gate: new IdentityCertificateGate(_gateway.Registry, _gateway.Clock));

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _origin.DisposeAsync();
        _gateway.Dispose();
    }

    [Fact]
    public async Task Certificate_of_a_leased_worker_is_enough()
    {
        using var certificate = _gateway.Pair(_device);
        Open(_device);
        var answer = await Fetch(certificate).FetchAsync(Request(), default);
        Assert.Equal(200, answer.Status);
        Assert.Null(answer.ReasonCode);
        Assert.Equal(_device.ToString(), (await _world.RecordAsync()).Actor);
    }

    [Fact]
    public async Task Handshake_binds_the_worker_to_the_proxy_before_it_has_a_lease()
    {
        using var certificate = _gateway.Pair(_device);
        Assert.False(_world.Bindings.IsBound(WorkerId.From(_device), _world.Leases.Now));
        Assert.True(await Fetch(certificate).ProveAsync(default));
        Assert.True(_world.Bindings.IsBound(WorkerId.From(_device), _world.Leases.Now));
        var answer = await Fetch(certificate).FetchAsync(Request(), default);
        Assert.Equal((407, "egress.proxy.no_live_lease"), (answer.Status, answer.ReasonCode));
    }

    [Fact]
    public async Task Connection_without_a_certificate_proves_nothing()
    {
        Assert.False(await Fetch(null).ProveAsync(default));
        Assert.Equal(407, (await Fetch(null).FetchAsync(Request(), default)).Status);
    }

    [Fact]
    public async Task Token_is_good_over_tls_without_a_certificate()
    {
        var token = Open(_device);
        Assert.Equal(200, (await Fetch(null, token).FetchAsync(Request(), default)).Status);
    }

    [Fact]
    public async Task Token_does_not_travel_to_another_device()
    {
        var token = Open(_device);
        using var other = _gateway.Pair(TestGateway.NewDeviceId());
        Assert.Equal(407, (await Fetch(other, token).FetchAsync(Request(), default)).Status);
    }

    [Fact]
    public async Task Certificate_that_the_registry_does_not_know_is_refused_at_the_handshake()
    {
        using var certificate = _gateway.Issue(_device).Certificate;
        var failure = await Assert.ThrowsAsync<EgressFetchException>(async () => await Fetch(certificate).ProveAsync(default));
        Assert.StartsWith("egress.client.", failure.Code, StringComparison.Ordinal);
        Assert.False(_world.Bindings.IsBound(WorkerId.From(_device), _world.Leases.Now));
    }

    [Fact]
    public async Task Revoked_device_is_refused_and_its_session_helps_it_nothing()
    {
        using var certificate = _gateway.Pair(_device);
        Open(_device);
        Assert.True(_gateway.Registry.Revoke(_device, "lost", _gateway.Now).IsOk);
        await Assert.ThrowsAsync<EgressFetchException>(async () => await Fetch(certificate).FetchAsync(Request(), default));
        Assert.Empty(_origin.Heads);
    }

    [Fact]
    public async Task Proxy_of_another_gateway_is_not_trusted()
    {
        using var other = new TestGateway();
        var fetch = new EgressFetch(new EgressFetchOptions
        {
            ProxyAuthority = _world.Server.EndPoint.ToString(),
            ProxyAuthorityCertificate = other.Certificates.CaCertificate,
        });
        var failure = await Assert.ThrowsAsync<EgressFetchException>(async () => await fetch.ProveAsync(default));
        Assert.Equal("egress.client.untrusted", failure.Code);
    }

    [Fact]
    public async Task Garbage_instead_of_a_handshake_ends_that_connection_only()
    {
        await using (var peer = await _world.ConnectAsync())
        {
            await peer.SendAsync("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
            await peer.ReadUntilCutAsync();
        }

        Assert.False(await Fetch(null).ProveAsync(default));
    }

    private static EgressFetchRequest Request(ScriptedOrigin origin) => new() { Url = $"http://{origin.Authority}/" };

    private EgressFetchRequest Request() => Request(_origin);

    private string Open(DeviceId device) =>
        _world.Leases.Open(device.ToString(), EgressPolicy.Compile(ProxyWorld.Reaching(_origin))).Token;

    private EgressFetch Fetch(X509Certificate2? certificate, string? token = null) => new(new EgressFetchOptions
    {
        ProxyAuthority = _world.Server.EndPoint.ToString(),
        ProxyAuthorityCertificate = _gateway.Certificates.CaCertificate,
        ClientCertificate = certificate,
        Token = token,
    });
}
