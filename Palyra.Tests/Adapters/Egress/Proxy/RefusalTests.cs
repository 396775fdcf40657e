using System.Text.Json;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class RefusalTests
{
    [Fact]
    public async Task Request_without_a_live_lease_is_asked_to_authenticate()
    {
        await using var world = await ProxyWorld.StartAsync();
        var answer = await world.AskAsync("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        Assert.Equal((407, "egress.proxy.no_live_lease"), (answer.Status, answer.Reason));
        Assert.StartsWith("Bearer", answer["Proxy-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(0, world.Names.Asked);
    }

    [Theory]
    [InlineData("Basic dTpw")]
    [InlineData("Bearer")]
    [InlineData("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE")]
    [InlineData("Bearer x")]
    public async Task Anything_but_a_live_token_is_a_stranger(string credentials)
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Open(new EgressPolicyOptions { AllowAnyHost = true });
        var answer = await world.AskAsync(
            $"GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nProxy-Authorization: {credentials}\r\n\r\n");
        Assert.Equal(407, answer.Status);
        Assert.Equal("egress.proxy.no_live_lease", (await world.RecordAsync()).ReasonCode);
    }

    [Theory]
    [InlineData("HEAD http://api.example.com/ HTTP/1.1\r\nHost: other.example.com\r\n\r\n")]
    [InlineData("HEAD http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nX: \u0001\r\n\r\n")]
    public async Task Refused_head_request_is_answered_without_a_body(string request)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(request);
        var answer = await peer.ReadAnswerAsync(toHead: true);
        Assert.Equal((400, "egress.proxy.malformed_request"), (answer.Status, answer.Reason));
        Assert.Equal("", await peer.ReadToEndAsync());
    }

    [Fact]
    public async Task Denied_request_says_why_and_nothing_is_dialled()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowPrivateTargets = false });
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/secret-path?secret-query", token));

        Assert.Equal((403, "egress.denied.private_target"), (answer.Status, answer.Reason));
        using var body = JsonDocument.Parse(answer.Body);
        Assert.Equal("egress.denied.private_target", body.RootElement.GetProperty("reason_code").GetString());
        Assert.NotEmpty(body.RootElement.GetProperty("message").GetString()!);
        Assert.Matches("^[0-9a-f]{64}$", body.RootElement.GetProperty("request_fingerprint_sha256").GetString());
        Assert.Equal(0, origin.Connections);
        var record = await world.RecordAsync();
        Assert.Equal((AuditOutcome.Denied, "egress.denied.private_target"), (record.Outcome, record.ReasonCode));
        Assert.DoesNotContain(record.Fields, field => field.Value.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refusal_leaves_the_connection_good_for_the_next_request()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get("http://api.example.com:1/", token));
        Assert.Equal(403, (await peer.ReadAnswerAsync()).Status);
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, (await peer.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task Mixed_answer_of_the_resolver_denies_all()
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Names.Answer = (_, _) => FakeNames.Of("93.184.216.34", "127.0.0.1");
        var token = world.Open(new EgressPolicyOptions { AllowAnyHost = true });
        Assert.Equal("egress.denied.private_target", (await world.AskAsync(ProxyWorld.Get("http://api.example.com/", token))).Reason);
    }

    [Fact]
    public async Task Failed_resolution_is_a_denial_of_its_own()
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Names.Answer = (_, _) => default;
        var token = world.Open(new EgressPolicyOptions { AllowAnyHost = true });
        Assert.Equal("egress.denied.dns_failed", (await world.AskAsync(ProxyWorld.Get("http://api.example.com/", token))).Reason);
    }

    [Fact]
    public async Task Resolver_that_changes_its_answer_cannot_move_what_is_dialled()
    {
        // The first answer is judged and dialled; the address behind every later question listens, and must never hear anything.
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        world.Names.Answer = (_, asked) => asked % 2 == 1 ? FakeNames.Of("127.0.0.1") : FakeNames.Of("169.254.169.254");
        var token = world.Open(ProxyWorld.Reaching(origin));
        for (var i = 0; i < 6; i++)
        {
            var answer = await world.AskAsync(ProxyWorld.Get($"http://api.example.com:{origin.Port}/", token));
            Assert.Equal(i % 2 == 0 ? "" : "egress.denied.private_target", answer.Reason);
            Assert.Equal(i + 1, world.Names.Asked);
        }

        var addresses = world.Audit.Records.Where(record => record.Outcome == AuditOutcome.Allowed)
            .Select(record => record.Fields.Single(field => field.Key == "addresses").Value).Distinct();
        Assert.Equal(["127.0.0.1"], addresses);
    }

    [Fact]
    public async Task Origin_that_nobody_is_at_is_a_bad_gateway()
    {
        await using var world = await ProxyWorld.StartAsync();
        var origin = ScriptedOrigin.Echoing();
        var policy = ProxyWorld.Reaching(origin);
        await origin.DisposeAsync();
        var answer = await world.AskAsync(ProxyWorld.Get($"http://127.0.0.1:{policy.AllowedPorts!.Single()}/", world.Open(policy)));
        Assert.Equal((502, "egress.upstream.unreachable"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task While_the_audit_trail_is_broken_nothing_leaves()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        world.Audit.IsBroken = true;
        await using (var peer = await world.ConnectAsync())
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
            Assert.True(await peer.ReadUntilCutAsync());
        }

        var refused = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal((503, "egress.proxy.audit_unavailable"), (refused.Status, refused.Reason));
        world.Audit.IsBroken = false;
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
    }

    [Fact]
    public async Task Broken_audit_trail_is_logged_once_however_many_ask()
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Audit.IsBroken = true;
        for (var i = 0; i < 3; i++)
        {
            await world.AskAsync("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        }

        Assert.Single(world.Log.Lines, line => line.StartsWith("The audit trail takes no records", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_body_over_its_limit_is_refused_before_it_is_read()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxRequestBytes = 10);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\nContent-Length: 11\r\n\r\n");
        Assert.Equal((413, "egress.denied.request_too_large"), (answer.Status, answer.Reason));
        Assert.Equal(0, origin.Connections);
    }

    [Fact]
    public async Task Chunked_request_body_over_its_limit_is_never_completed_upstream()
    {
        await using var world = await ProxyWorld.StartAsync(options => options.MaxRequestBytes = 10);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            self.Heads.Enqueue(await peer.ReadToEndAsync());
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        var answer = await world.AskAsync(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nProxy-Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n");
        Assert.Equal((413, "egress.denied.request_too_large"), (answer.Status, answer.Reason));
        Assert.DoesNotContain(origin.Heads, bytes => bytes.Contains("0\r\n\r\n", StringComparison.Ordinal));
    }
}
