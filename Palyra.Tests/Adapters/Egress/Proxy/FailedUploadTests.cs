using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>Exchanges that fail while the worker still has some of its body to send: the worker is told why before anybody waits for the rest.</summary>
public sealed class FailedUploadTests
{
    [Fact]
    public async Task Origin_that_leaves_during_an_upload_is_a_bad_gateway()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.AnsweringOnce("");
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(HalfAnUpload(origin, world.Open(ProxyWorld.Reaching(origin))));
        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((502, "egress.upstream.truncated"), (answer.Status, answer.Reason));
        Assert.Equal("egress.upstream.truncated", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task Origin_that_answers_nonsense_during_an_upload_is_a_bad_gateway()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("nonsense\r\n\r\n");
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(HalfAnUpload(origin, world.Open(ProxyWorld.Reaching(origin))));
        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((502, "egress.upstream.malformed_answer"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task Origin_that_never_answers_an_upload_is_a_gateway_timeout()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadToEndAsync();
        });
        var token = world.Leases.Open(policy: EgressPolicy.Compile(ProxyWorld.Reaching(origin)), ttlMs: 800_000).Token;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(HalfAnUpload(origin, token));
        await Wait.UntilAsync(() => !origin.Heads.IsEmpty);
        clock.Advance(TimeSpan.FromSeconds(61));
        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((504, "egress.upstream.timeout"), (answer.Status, answer.Reason));
        Assert.Equal("egress.upstream.timeout", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task Upload_that_ends_before_its_end_is_a_bad_request()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("");
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(HalfAnUpload(origin, world.Open(ProxyWorld.Reaching(origin))));
        ((NetworkStream)peer.Stream).Socket.Shutdown(SocketShutdown.Send);
        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((400, "egress.proxy.client_gone"), (answer.Status, answer.Reason));
        Assert.DoesNotContain("origin", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_whose_answer_cannot_be_audited_is_cut_on_both_sides()
    {
        await using var world = await ProxyWorld.StartAsync();
        var originSawTheEnd = new TaskCompletionSource();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            await peer.ReadUntilCutAsync();
            originSawTheEnd.SetResult();
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        world.Audit.IsBroken = true;
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(HalfAnUpload(origin, token));
        Assert.True(await peer.ReadUntilCutAsync());
        await originSawTheEnd.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Worker_that_leaves_in_the_middle_of_an_answer_is_not_taken_for_an_origin_that_did()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            while (true)
            {
                await peer.SendAsync(new byte[64 * 1024]);
            }
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { MaxResponseBytes = long.MaxValue });
        await using (var peer = await world.ConnectAsync())
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
            await peer.ReadHeadAsync();
        }

        Assert.Equal("egress.proxy.client_gone", (await world.RecordAsync()).ReasonCode);
    }

    private static string HalfAnUpload(ScriptedOrigin origin, string token) =>
        ProxyWorld.Get($"http://{origin.Authority}/", token, "Content-Length: 10\r\n").Replace("GET ", "POST ", StringComparison.Ordinal) + "12345";
}
