using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Audit;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>A worker that has as much under way as it may cannot have names looked up beyond that; what is denied says so and keeps no place.</summary>
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
        AssertSaysWhatWasAsked(await world.RecordAsync(), refused, mute);
        Assert.Equal(0, world.Names.Asked);
    }

    [Theory]
    [InlineData(1, 64, 429, "egress.proxy.worker_limit")]
    [InlineData(64, 1, 503, "egress.proxy.limit")]
    public async Task Tunnel_beyond_the_places_is_refused_before_its_name_is_looked_up(int perWorker, int inAll, int status, string reason)
    {
        await using var world = await ProxyWorld.StartAsync(options => (options.MaxTunnelsPerWorker, options.MaxTunnels) = (perWorker, inAll));
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        await using var first = await world.ConnectAsync();
        await first.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        await first.ReadHeadAsync();
        var refused = await world.AskAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        Assert.Equal((status, reason), (refused.Status, refused.Reason));
        AssertSaysWhatWasAsked(await world.RecordAsync(), refused, origin);
        Assert.Equal(0, world.Names.Asked);
    }

    [Fact]
    public async Task What_is_forbidden_says_so_when_there_is_no_place_either()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnelsPerWorker = options.MaxRequestsPerWorker = 1);
        var (_, session, token) = world.Leases.Open();
        Assert.Equal(SlotAnswer.Taken, world.Server.Core.Tunnels.Take(session.WorkerId));
        Assert.Equal(SlotAnswer.Taken, world.Server.Core.Requests.Take(session.WorkerId));
        await using var peer = await world.ConnectAsync();
        foreach (var request in (string[])[ProxyWorld.Connect("api.example.com:1", token), ProxyWorld.Get("http://api.example.com:1/", token)])
        {
            await peer.SendAsync(request);
            var refused = await peer.ReadAnswerAsync();
            Assert.Equal((403, "egress.denied.port_not_allowed"), (refused.Status, refused.Reason));
        }

        Assert.Equal((1, 1), (world.Server.Core.Tunnels.Count, world.Server.Core.Requests.Count));
        Assert.Equal(0, world.Names.Asked);
    }

    [Fact]
    public async Task What_is_denied_for_its_addresses_gives_its_place_back()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxTunnelsPerWorker = options.MaxRequestsPerWorker = 1);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        world.Names.Answer = (_, _) => FakeNames.Of("169.254.169.254");
        await using var peer = await world.ConnectAsync();
        var authority = $"api.example.com:{origin.Port}";
        foreach (var request in (string[])[ProxyWorld.Connect(authority, token), ProxyWorld.Get($"http://{authority}/", token)])
        {
            await peer.SendAsync(request);
            var refused = await peer.ReadAnswerAsync();
            Assert.Equal((403, "egress.denied.private_target"), (refused.Status, refused.Reason));
        }

        Assert.Equal((0, 0), (world.Server.Core.Tunnels.Count, world.Server.Core.Requests.Count));
    }
    private static void AssertSaysWhatWasAsked(AuditRecord record, Answer refused, ScriptedOrigin origin)
    {
        var fields = record.Fields.ToDictionary();
        Assert.Equal((AuditOutcome.Denied, refused.Reason), (record.Outcome, record.ReasonCode));
        Assert.Equal(("api.example.com", $"{origin.Port}"), (fields["host"], fields["port"]));
        Assert.Equal(64, fields["request_fingerprint_sha256"].Length);
        Assert.Contains(fields["request_fingerprint_sha256"], refused.Body, StringComparison.Ordinal);
    }
}
