using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class SiegeTests
{
    [Fact]
    public async Task Strangers_beyond_their_room_push_out_the_oldest_and_never_an_honest_caller()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxStrangers = 8);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var honest = await world.ConnectAsync();
        await honest.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, (await honest.ReadAnswerAsync()).Status);
        var slow = new List<RawPeer>();
        for (var i = 0; i < 40; i++)
        {
            slow.Add(await world.ConnectAsync());
            await TrySendAsync(slow[^1], "GET http://");
            // One after the other: what is accepted in one moment may be taken in in any order.
            if (i < 8)
            {
                await Wait.UntilAsync(() => world.Server.Core.Strangers.Count == i + 1);
            }
            else
            {
                Assert.True(await slow[i - 8].ReadUntilCutAsync());
            }
        }

        await Wait.UntilAsync(() => world.Server.OpenConnections == 8 + 1);
        await honest.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, (await honest.ReadAnswerAsync()).Status);
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        foreach (var peer in slow)
        {
            await peer.DisposeAsync();
        }

        await Wait.UntilAsync(() => world.Server.Core.Strangers.Count == 0);
    }

    [Fact]
    public async Task Caller_that_connects_before_it_has_anything_to_say_is_served()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        await using var early = await world.ConnectAsync();
        await Wait.UntilAsync(() => world.Server.OpenConnections == 1);
        await early.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin))));
        Assert.Equal(200, (await early.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task Refused_stranger_stays_one()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxStrangers = 1);
        await using var first = await world.ConnectAsync();
        await first.SendAsync("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        Assert.Equal(407, (await first.ReadAnswerAsync()).Status);
        await using var second = await world.ConnectAsync();
        await first.ReadUntilCutAsync();
    }

    [Fact]
    public async Task Stranger_that_says_nothing_is_cut_as_soon_as_one_whose_head_never_ends()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var silent = await world.ConnectAsync();
        await Wait.UntilAsync(() => world.Server.OpenConnections == 1);
        clock.Advance(TimeSpan.FromSeconds(11));
        await silent.ReadUntilCutAsync();
        await Wait.UntilAsync(() => world.Server.Core.Strangers.Count == 0);
    }

    [Fact]
    public async Task Known_caller_may_be_silent_for_longer_than_a_stranger()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Leases.Open(policy: EgressPolicy.Compile(ProxyWorld.Reaching(origin)), ttlMs: 800_000).Token;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await peer.ReadAnswerAsync();
        clock.Advance(TimeSpan.FromSeconds(30));
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, (await peer.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task Worker_has_so_many_connections_and_gets_them_back()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxConnectionsPerWorker = 2);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var request = ProxyWorld.Get($"http://{origin.Authority}/", token);
        await using var first = await world.ConnectAsync();
        var second = await world.ConnectAsync();
        foreach (var peer in (RawPeer[])[first, second, first, second])
        {
            await peer.SendAsync(request);
            Assert.Equal(200, (await peer.ReadAnswerAsync()).Status);
        }

        var refused = await world.AskAsync(request);
        Assert.Equal((429, "egress.proxy.worker_limit", "close"), (refused.Status, refused.Reason, refused["Connection"]));
        var other = world.Leases.Open("w-2", EgressPolicy.Compile(ProxyWorld.Reaching(origin))).Token;
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", other))).Status);
        await second.DisposeAsync();
        await Wait.UntilAsync(() => world.Server.OpenConnections == 1);
        Assert.Equal(200, (await world.AskAsync(request)).Status);
    }

    [Fact]
    public async Task Origin_that_never_answers_holds_one_workers_places_only_and_not_for_ever()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(options => options.MaxRequestsPerWorker = 4, clock);
        await using var mute = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadToEndAsync();
        });
        await using var origin = ScriptedOrigin.Echoing();
        var policy = EgressPolicy.Compile(ProxyWorld.Reaching(mute, origin));
        var token = world.Leases.Open(policy: policy, ttlMs: 800_000).Token;
        var waiting = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var peer = await world.ConnectAsync();
            await peer.SendAsync(ProxyWorld.Get($"http://{mute.Authority}/", token));
            return peer;
        }));
        await Wait.UntilAsync(() => mute.Heads.Count == 4);
        var fifth = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal((429, "egress.proxy.worker_limit"), (fifth.Status, fifth.Reason));
        var other = world.Leases.Open("w-2", policy, ttlMs: 800_000).Token;
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", other))).Status);
        clock.Advance(TimeSpan.FromSeconds(61));
        foreach (var peer in waiting)
        {
            Assert.Equal(504, (await peer.ReadAnswerAsync()).Status);
            await peer.DisposeAsync();
        }

        await Wait.UntilAsync(() => world.Server.Core.Requests.Count == 0);
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
    }

    [Fact]
    public async Task Origin_that_answers_for_ever_is_cut_at_the_budget_and_its_place_given_back()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxRequestsPerWorker = 4);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
            var block = new byte[4096];
            while (true)
            {
                await peer.SendAsync(block);
            }
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { MaxResponseBytes = 100_000 });
        for (var i = 0; i < 8; i++)
        {
            await using var peer = await world.ConnectAsync();
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
            await peer.ReadHeadAsync();
            Assert.True(await peer.ReadUntilCutAsync());
            Assert.Equal("egress.denied.response_too_large", (await world.RecordAsync(i + 1)).ReasonCode);
        }

        await Wait.UntilAsync(() => world.Server.Core.Requests.Count == 0);
    }

    [Fact]
    public async Task Flood_of_connects_leaves_nothing_behind()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxStrangers = 64);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        for (var i = 0; i < 3000; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await socket.ConnectAsync(world.Server.EndPoint);
        }

        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        await Wait.UntilAsync(() => world.Server.OpenConnections == 0 && world.Server.Core.Strangers.Count == 0);
    }

    private static async Task TrySendAsync(RawPeer peer, string text)
    {
        try
        {
            await peer.SendAsync(text);
        }
        catch (IOException)
        {
            // Pushed out already.
        }
    }
}
