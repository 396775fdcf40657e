using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>A worker that has as much under way as it may cannot have names looked up beyond that; what is denied takes no place.</summary>
public sealed class PlaceBeforeNameTests
{
    [Fact]
    public async Task Request_beyond_the_workers_places_is_refused_before_its_name_is_looked_up()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxRequestsPerWorker = 1);
        await using var mute = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadToEndAsync();
        });
        var token = world.Open(ProxyWorld.Reaching(mute));
        await using var first = await world.ConnectAsync();
        await first.SendAsync(ProxyWorld.Get($"http://{mute.Authority}/", token));
        await Wait.UntilAsync(() => !mute.Heads.IsEmpty);
        var refused = await world.AskAsync(ProxyWorld.Get($"http://api.example.com:{mute.Port}/", token));
        Assert.Equal((429, "egress.proxy.worker_limit"), (refused.Status, refused.Reason));
        Assert.Equal("egress.proxy.worker_limit", (await world.RecordAsync()).ReasonCode);
        Assert.Equal(0, world.Names.Asked);
    }

    [Fact]
    public async Task Tunnel_beyond_the_workers_places_is_refused_before_its_name_is_looked_up()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnelsPerWorker = 1);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        await using var first = await world.ConnectAsync();
        await first.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        await first.ReadHeadAsync();
        var refused = await world.AskAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        Assert.Equal((429, "egress.proxy.worker_limit"), (refused.Status, refused.Reason));
        Assert.Equal(0, world.Names.Asked);
    }

    [Fact]
    public async Task What_is_denied_says_so_and_takes_no_place()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnelsPerWorker = options.MaxRequestsPerWorker = 1);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        foreach (var request in (string[])[ProxyWorld.Connect("127.0.0.1:1", token), ProxyWorld.Get("http://127.0.0.1:1/", token)])
        {
            await peer.SendAsync(request);
            Assert.Equal("egress.denied.port_not_allowed", (await peer.ReadAnswerAsync()).Reason);
        }

        Assert.Equal(0, world.Server.OpenTunnels);
        Assert.Equal((0, 0), (world.Server.Core.Tunnels.Count, world.Server.Core.Requests.Count));
    }
}
