using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class HostileTrafficTests
{
    [Fact]
    public async Task Two_thousand_mutated_heads_leave_the_proxy_serving()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        var original = Encoding.Latin1.GetBytes(ProxyWorld.Get($"http://{origin.Authority}/", token, "X-A: 1\r\nContent-Length: 4\r\n") + "body");
        var random = new Random(2000);
        var heads = Enumerable.Range(0, 2000).Select(_ => Mutations.Mutate(original, random)).ToArray();
        await Parallel.ForEachAsync(heads, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (head, _) =>
        {
            await using var peer = await world.ConnectAsync();
            try
            {
                await peer.SendAsync(head);
                ((NetworkStream)peer.Stream).Socket.Shutdown(SocketShutdown.Send);
                await peer.ReadToEndAsync();
            }
            catch (Exception ended) when (ended is IOException or SocketException)
            {
                // Cut: one of the ways to refuse.
            }
        });

        Assert.Equal("ok", (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Body);
        Assert.All(origin.Heads, head => Assert.Contains($"\r\nHost: {origin.Authority}\r\n", head, StringComparison.Ordinal));
        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Head_that_trickles_in_is_cut_at_its_deadline_however_steadily_it_comes()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync("G");
        await Wait.UntilAsync(() => world.Server.OpenConnections == 1);
        var cut = peer.ReadUntilCutAsync();
        await clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), async () =>
        {
            await TryTrickleAsync(peer);
            return cut.IsCompleted;
        });
        await cut;
        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Origin_that_never_answers_is_a_gateway_timeout()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadToEndAsync();
        });
        var token = world.Leases.Open(
            policy: Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin)), ttlMs: 800_000).Token;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await Wait.UntilAsync(() => !origin.Heads.IsEmpty);
        clock.Advance(TimeSpan.FromSeconds(61));
        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((504, "egress.upstream.timeout"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task Origin_that_answers_for_ever_is_cut_after_the_longest_request_time()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        using var more = new SemaphoreSlim(0);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true)
            {
                await more.WaitAsync();
                await peer.SendAsync("1\r\nx\r\n");
            }
        });
        var token = world.Leases.Open(
            policy: Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin)), ttlMs: 800_000).Token;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await peer.ReadHeadAsync();

        // A piece that arrives has been noted by the proxy since the clock moved: it was never idle.
        for (var step = 0; step < 29; step++)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            more.Release();
            Assert.Equal("1\r\nx\r\n", await peer.ReadExactlyAsync(6));
        }

        Assert.Empty(world.Audit.Records);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await peer.ReadUntilCutAsync());
        Assert.Equal("egress.proxy.timeout", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task Idle_tunnel_is_cut()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Leases.Open(
            policy: Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true }), ttlMs: 800_000).Token;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        await peer.ReadHeadAsync();
        await peer.SendAsync("GET / HTTP/1.1\r\n\r\n");
        await peer.ReadAnswerAsync();
        var cut = peer.ReadUntilCutAsync();
        await clock.AdvanceUntilAsync(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10), cut);
        Assert.True(await cut);
    }

    [Fact]
    public async Task Reader_that_does_not_read_stops_its_origin_instead_of_filling_memory()
    {
        await using var world = await ProxyWorld.StartAsync();
        var sent = 0L;
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            var block = new byte[64 * 1024];
            for (var i = 0; i < 1000; i++)
            {
                await peer.Stream.WriteAsync(block);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { MaxResponseBytes = long.MaxValue });
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await peer.ReadHeadAsync();

        // The kernel's buffers on both connections fill; then nothing moves any more.
        Assert.InRange(await Wait.UntilStillAsync(() => Interlocked.Read(ref sent)), 1, 40_000_000);
    }

    [Fact]
    public async Task Honest_traffic_passes_beside_hundreds_of_heads_that_never_end()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var slow = new List<RawPeer>();
        for (var i = 0; i < 400; i++)
        {
            slow.Add(await world.ConnectAsync());
            await slow[^1].SendAsync("GET http://");
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        }

        foreach (var peer in slow)
        {
            await peer.DisposeAsync();
        }

        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Connection_over_the_limit_is_closed_at_once()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxConnections = 2);
        await using var first = await world.ConnectAsync();
        await using var second = await world.ConnectAsync();
        await Wait.UntilAsync(() => world.Server.OpenConnections == 2);
        try
        {
            await using var third = await world.ConnectAsync();
            await third.ReadUntilCutAsync();
        }
        catch (SocketException)
        {
            // The reset came before the connection was even reported.
        }

        Assert.Equal(2, world.Server.OpenConnections);
    }

    [Fact]
    public async Task Stopping_lets_what_is_under_way_end_and_nothing_new_begin()
    {
        await using var world = await ProxyWorld.StartAsync();
        var answer = new TaskCompletionSource();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await answer.Task;
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var idle = await world.ConnectAsync();
        await using var busy = await world.ConnectAsync();
        await busy.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await Wait.UntilAsync(() => !origin.Heads.IsEmpty && world.Server.OpenConnections == 2);
        var stopping = world.Server.StopAsync(CancellationToken.None);
        await idle.ReadUntilCutAsync();
        Assert.False(stopping.IsCompleted);
        answer.SetResult();
        var last = await busy.ReadAnswerAsync();
        Assert.Equal(("ok", "close"), (last.Body, last["Connection"]));
        await busy.DisposeAsync();
        await stopping;
        await Assert.ThrowsAsync<SocketException>(world.ConnectAsync);
    }

    [Fact]
    public async Task Stopping_cuts_what_does_not_end_in_time()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.DrainTimeout = TimeSpan.Zero);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var tunnel = await world.ConnectAsync();
        await tunnel.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        await tunnel.ReadHeadAsync();
        await world.Server.StopAsync(CancellationToken.None);
        Assert.True(await tunnel.ReadUntilCutAsync());
    }

    private static async Task TryTrickleAsync(RawPeer peer)
    {
        try
        {
            await peer.SendAsync("E");
        }
        catch (IOException)
        {
            // Cut meanwhile.
        }
    }
}
