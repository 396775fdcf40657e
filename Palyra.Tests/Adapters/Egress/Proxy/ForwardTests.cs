using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class ForwardTests
{
    [Fact]
    public async Task Absolute_form_request_reaches_the_origin_and_its_answer_comes_back()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-Answer: yes\r\n\r\nhello");
        var token = world.Open(ProxyWorld.Reaching(origin));

        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/path?query=1", token, "X-Ask: why\r\n"));

        Assert.Equal((200, "hello", "yes"), (answer.Status, answer.Body, answer["X-Answer"]));
        var head = Assert.Single(origin.Heads);
        Assert.StartsWith($"GET /path?query=1 HTTP/1.1\r\nHost: {origin.Authority}\r\n", head, StringComparison.Ordinal);
        Assert.Equal("why", RawPeer.Field(head, "X-Ask"));
        Assert.DoesNotContain("Proxy-Authorization", head, StringComparison.OrdinalIgnoreCase);
        var record = await world.RecordAsync();
        Assert.Equal((AuditOutcome.Allowed, "egress.allowed", "w-1"), (record.Outcome, record.ReasonCode, record.Actor));
    }

    [Fact]
    public async Task Many_requests_share_both_connections()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        for (var i = 0; i < 20; i++)
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/{i}", token));
            Assert.Equal("ok", (await peer.ReadAnswerAsync()).Body);
        }

        Assert.Equal(1, origin.Connections);
        Assert.Equal(20, world.Audit.Records.Length);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(string.Concat(Enumerable.Range(0, 5).Select(i => ProxyWorld.Get($"http://{origin.Authority}/{i}", token))));
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith($"GET /{i} ", (await peer.ReadAnswerAsync()).Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Body_with_a_length_passes()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = EchoingBody(300_000);
        var token = world.Open(ProxyWorld.Reaching(origin));
        var body = new string('b', 300_000);
        var answer = await world.AskAsync(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(body, answer.Body);
    }

    [Fact]
    public async Task Chunked_body_passes_and_its_trailers_do_not()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            var body = await peer.ReadExactlyAsync("5\r\nhello\r\n0\r\n\r\n".Length);
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;extension=\"x\"\r\nhello\r\n0\r\nAuthorization: stolen\r\n\r\n");
        Assert.Equal("5\r\nhello\r\n0\r\n\r\n", answer.Body);
        Assert.Equal("chunked", RawPeer.Field(origin.Heads.Single(), "Transfer-Encoding"));
    }

    [Fact]
    public async Task Answer_that_begins_before_the_body_has_ended_is_not_held_back()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            await peer.ReadExactlyAsync(4);
            await peer.SendAsync("3\r\ntwo\r\n0\r\n\r\n");
            await peer.ReadToEndAsync();
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\nContent-Length: 4\r\n\r\n");
        await peer.ReadHeadAsync();
        Assert.Equal("3\r\none\r\n", await peer.ReadExactlyAsync(8));
        await peer.SendAsync("body");
        Assert.Equal("3\r\ntwo\r\n0\r\n\r\n", await peer.ReadExactlyAsync(13));
    }

    [Fact]
    public async Task Expectation_is_met_by_the_proxy()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = EchoingBody(4);
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(
            $"PUT http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\n"
            + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        await peer.SendAsync("body");
        Assert.Equal("body", (await peer.ReadAnswerAsync()).Body);
        Assert.DoesNotContain("Expect", origin.Heads.Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n", 200, "hello\ntrailer X-Sum: 1")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n", 302, "")]
    public async Task Every_framing_of_an_answer_is_understood(string sent, int status, string body)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering(sent);
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal((status, body), (answer.Status, answer.Body));
        Assert.Equal(1, origin.Connections);
    }

    [Fact]
    public async Task Answer_that_ends_with_its_connection_is_chunked_for_the_worker()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.0 200 OK\r\n\r\nuntil the end");
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(("until the end", "chunked"), (answer.Body, answer["Transfer-Encoding"]));
    }

    [Fact]
    public async Task Answer_to_head_keeps_its_length_and_has_no_body()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token).Replace("GET ", "HEAD ", StringComparison.Ordinal));
            Assert.Equal("1234", (await peer.ReadAnswerAsync(toHead: true))["Content-Length"]);
        }
    }

    [Fact]
    public async Task Answer_without_content_announces_no_length()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin))));
        Assert.Equal((204, ""), (answer.Status, answer["Content-Length"]));
    }

    [Fact]
    public async Task Trailers_of_an_answer_that_would_authenticate_or_route_are_dropped()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: a=b\r\nauthorization: x\r\nWWW-Authenticate: x\r\nLocation: x\r\n"
            + "Content-Type: x\r\nX-Sum: 1\r\n\r\n");
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin))));
        Assert.Equal("ok\ntrailer X-Sum: 1", answer.Body);
    }

    [Fact]
    public async Task Address_that_never_answers_leaves_time_for_the_next()
    {
        using var certificate = ProxyWorld.CertificateFor("api.example.com");
        await using var world = await ProxyWorld.StartAsync(options =>
        {
            options.AdditionalTrustedRoots.Add(certificate);
            options.ConnectTimeout = TimeSpan.FromSeconds(6);
        });
        await using var origin = ScriptedOrigin.Echoing(certificate);
        using var silent = new TcpListener(IPAddress.Parse("127.0.0.2"), origin.Port);
        silent.Start();
        world.Names.Answer = (_, _) => FakeNames.Of("127.0.0.2", "127.0.0.1");
        var answer = await world.AskAsync(ProxyWorld.Get($"https://api.example.com:{origin.Port}/", world.Open(ProxyWorld.Reaching(origin))));
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Hop_by_hop_fields_end_here_both_ways()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n"
            + "X-Palyra-Reason: forged\r\nX-Public: 1\r\n\r\nok");
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(ProxyWorld.Get(
            $"http://{origin.Authority}/", token,
            "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nProxy-Connection: keep-alive\r\nUpgrade: websocket\r\nKeep-Alive: 3\r\nX-Yours: 1\r\n"));
        var head = origin.Heads.Single();
        foreach (var dropped in new[] { "Connection", "X-Mine", "TE", "Proxy-Connection", "Upgrade", "Keep-Alive" })
        {
            Assert.Equal("", RawPeer.Field(head, dropped));
        }

        Assert.Equal("1", RawPeer.Field(head, "X-Yours"));
        foreach (var dropped in new[] { "Connection", "X-Private", "Keep-Alive", "Proxy-Authenticate", "Upgrade", "X-Palyra-Reason" })
        {
            Assert.Equal("", answer[dropped]);
        }

        Assert.Equal("1", answer["X-Public"]);
    }

    [Fact]
    public async Task Name_is_resolved_once_and_the_judged_host_is_what_the_origin_sees()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://api.example.com:{origin.Port}/", token));
        Assert.Equal($"api.example.com:{origin.Port}", RawPeer.Field(answer.Body, "Host"));
        Assert.Equal(1, world.Names.Asked);
    }

    [Fact]
    public async Task Pooled_connection_is_not_used_again_once_its_time_is_over()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Leases.Open(policy: EgressPolicy.Compile(ProxyWorld.Reaching(origin)), ttlMs: 800_000).Token;
        clock.Advance(TimeSpan.FromSeconds(31));
        await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);

        // What is put aside is looked at every 30 s: 29 s after it was here, and only then again.
        clock.Advance(TimeSpan.FromSeconds(29));
        clock.Advance(TimeSpan.FromSeconds(15));
        await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(2, origin.Connections);
    }

    [Fact]
    public async Task Stale_pooled_connection_is_replaced_without_the_worker_noticing()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            if (self.Connections == 1)
            {
                // Takes the next request and closes without an answer, as an origin does whose patience ended at that moment.
                await self.NextAsync(peer);
            }
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
            Assert.Equal("ok", (await peer.ReadAnswerAsync()).Body);
        }

        Assert.Equal(2, origin.Connections);
    }

    private static ScriptedOrigin EchoingBody(int length) => new(async (peer, self) =>
    {
        await self.NextAsync(peer);
        var body = await peer.ReadExactlyAsync(length);
        await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    });
}
