using System.Net.Security;
using System.Text;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class TunnelTests
{
    [Fact]
    public async Task Tunnel_carries_tls_to_the_judged_host()
    {
        await using var world = await ProxyWorld.StartAsync();
        using var certificate = ProxyWorld.CertificateFor("api.example.com");
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", certificate);
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using (var peer = await world.ConnectAsync())
        {
            await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
            Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
            await using var tls = new SslStream(peer.Stream, leaveInnerStreamOpen: true, (_, shown, _, _) => certificate.Equals(shown));
            await tls.AuthenticateAsClientAsync("api.example.com");
            var inside = new RawPeer(tls);
            await inside.SendAsync("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
            Assert.Equal("ok", (await inside.ReadAnswerAsync()).Body);
            Assert.Equal(1, world.Server.OpenTunnels);
        }

        var record = await world.RecordAsync();
        Assert.Equal(("egress.tunnel", AuditOutcome.Allowed), (record.Event, record.Outcome));
        await Wait.UntilAsync(() => world.Server.OpenTunnels == 0);
    }

    [Theory]
    [InlineData("other.example.com")]
    [InlineData("api.example.com.evil.example")]
    [InlineData("")]
    public async Task Tunnel_to_another_name_than_the_judged_one_is_cut(string serverName)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) => self.Heads.Enqueue(await peer.ReadToEndAsync()));
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        await peer.SendAsync(Hellos.For(serverName.Length == 0 ? null : serverName));
        Assert.True(await peer.ReadUntilCutAsync());
        var record = await world.RecordAsync();
        Assert.Equal((AuditOutcome.Denied, "egress.denied.tunnel_sni"), (record.Outcome, record.ReasonCode));
        await Wait.UntilAsync(() => !origin.Heads.IsEmpty || origin.Connections == 1);
        Assert.DoesNotContain(origin.Heads, bytes => bytes.Length > 0);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0002\u0000\u0000\u0001\u0000")]
    public async Task Tunnel_that_carries_something_else_than_tls_is_cut(string first)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        await peer.SendAsync(first);
        Assert.True(await peer.ReadUntilCutAsync());
        Assert.Equal("egress.denied.tunnel_sni", (await world.RecordAsync()).ReasonCode);
        Assert.Empty(origin.Heads);
    }

    [Fact]
    public async Task Hello_in_single_bytes_opens_the_tunnel()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) => self.Heads.Enqueue(await peer.ReadExactlyAsync(Hellos.For("api.example.com").Length)));
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        var hello = Hellos.For("API.example.com");
        foreach (var next in hello)
        {
            await peer.SendAsync(new[] { next });
        }

        await Wait.UntilAsync(() => !origin.Heads.IsEmpty);
        Assert.Equal(hello, Encoding.Latin1.GetBytes(origin.Heads.Single()));
    }

    [Fact]
    public async Task Policy_can_let_other_protocols_through()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        await peer.SendAsync("GET /inside HTTP/1.1\r\n\r\n");
        Assert.StartsWith("GET /inside", (await peer.ReadAnswerAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_side_may_end_its_half_first()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, _) =>
        {
            var all = await peer.ReadToEndAsync();
            await peer.SendAsync($"got {all.Length}");
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        await peer.SendAsync(new string('x', 200_000));
        ((System.Net.Sockets.NetworkStream)peer.Stream).Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("got 200000", await peer.ReadToEndAsync());
    }

    [Fact]
    public async Task Bytes_behind_the_head_before_it_is_answered_are_refused()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(ProxyWorld.Connect(origin.Authority, token) + "early");
        Assert.Equal((400, "egress.proxy.malformed_request"), (answer.Status, answer.Reason));
        Assert.Equal(0, origin.Connections);
    }

    [Theory]
    [InlineData("api.example.com:443", "api.example.com", 403)]
    [InlineData("api.example.com:443", "API.example.com:443", 403)]
    [InlineData("[2606:4700::1]:443", "[2606:4700::1]", 403)]
    [InlineData("api.example.com:443", "api.example.com:80", 400)]
    [InlineData("api.example.com:443", "api.example.com:", 400)]
    [InlineData("api.example.com:443", "evil.example.com", 400)]
    [InlineData("api.example.com:80", "api.example.com", 400)]
    [InlineData("api.example.com:8443", "api.example.com", 400)]
    [InlineData("api.example.com", "api.example.com", 400)]
    public async Task Host_names_the_same_authority_with_or_without_the_port_of_https_and_no_other(string authority, string host, int status)
    {
        await using var world = await ProxyWorld.StartAsync();
        var token = world.Open(new EgressPolicyOptions { AllowedHosts = ["other.example.com"], AllowedPorts = [80, 443, 8443] });
        var answer = await world.AskAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: Bearer {token}\r\n\r\n");
        Assert.Equal((status, status == 400 ? "egress.proxy.malformed_request" : "egress.denied.host_not_allowlisted"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task Downstream_bytes_over_the_budget_cut_the_tunnel()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, _) =>
        {
            await peer.ReadExactlyAsync(2);
            await peer.SendAsync(new string('x', 200_000));
            await peer.ReadToEndAsync();
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true, MaxResponseBytes = 100_000 });
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        await peer.ReadHeadAsync();
        await peer.SendAsync("go");
        Assert.True(await peer.ReadUntilCutAsync());
        Assert.Equal("egress.denied.response_too_large", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task One_tunnel_more_than_a_worker_may_have_is_refused_and_room_comes_back()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnelsPerWorker = 2);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var first = await OpenAsync(world, origin, token);
        await using var second = await OpenAsync(world, origin, token);
        var refused = await world.AskAsync(ProxyWorld.Connect(origin.Authority, token));
        Assert.Equal((429, "egress.proxy.worker_limit"), (refused.Status, refused.Reason));
        await first.DisposeAsync();
        await Wait.UntilAsync(() => world.Server.OpenTunnels == 1);
        await using var third = await OpenAsync(world, origin, token);
    }

    [Fact]
    public async Task One_tunnel_more_than_the_proxy_may_have_is_refused()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnels = 1);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var first = await OpenAsync(world, origin, token);
        Assert.Equal(503, (await world.AskAsync(ProxyWorld.Connect(origin.Authority, token))).Status);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Tunnel_to_an_origin_with_a_bound_credential_is_refused(string scheme)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"{scheme}://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Connect(origin.Authority, token));
        Assert.Equal((403, "egress.denied.tunnel_credentials"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task Swapped_policy_cuts_the_tunnels_it_no_longer_allows_and_spares_the_others()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var kept = ScriptedOrigin.Echoing();
        await using var lost = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(kept, lost) with { AllowOpaqueTunnels = true });
        await using var keptPeer = await OpenAsync(world, kept, token);
        await using var lostPeer = await OpenAsync(world, lost, token);
        world.Leases.Egress.FleetPolicy = EgressPolicy.Compile(ProxyWorld.Reaching(kept));
        Assert.True(await lostPeer.ReadUntilCutAsync());
        await keptPeer.SendAsync("GET /still HTTP/1.1\r\n\r\n");
        Assert.StartsWith("GET /still", (await keptPeer.ReadAnswerAsync()).Body, StringComparison.Ordinal);
        Assert.Equal("egress.denied.port_not_allowed", (await world.RecordAsync()).ReasonCode);
    }

    private static async Task<RawPeer> OpenAsync(ProxyWorld world, ScriptedOrigin origin, string token)
    {
        var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        return peer;
    }
}
