using Palyra.Domain.Audit;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class InjectionTests
{
    private const string Secret = "Bearer s3cr3t-Value+with/odd=characters";

    [Fact]
    public async Task Secret_reaches_the_origin_and_never_the_worker()
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(Secret, RawPeer.Field(origin.Heads.Single(), "authorization"));
        Assert.Equal("identity", RawPeer.Field(origin.Heads.Single(), "Accept-Encoding"));
        Assert.Equal("[redacted]", RawPeer.Field(answer.Body, "authorization"));
        Assert.DoesNotContain("s3cr3t", answer.Head + answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", string.Join(' ', (await world.RecordAsync()).Fields), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_makes_verified_tls_itself_for_https_urls()
    {
        using var certificate = ProxyWorld.CertificateFor("api.example.com");
        await using var world = await StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = ScriptedOrigin.Echoing(certificate);
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"api.example.com:{origin.Port}", "x-api-key"));
        for (var i = 0; i < 2; i++)
        {
            var answer = await world.AskAsync(ProxyWorld.Get($"https://api.example.com:{origin.Port}/", token));
            Assert.Equal(200, answer.Status);
            Assert.Equal("[redacted]", RawPeer.Field(answer.Body, "x-api-key"));
        }

        Assert.Equal(Secret, RawPeer.Field(origin.Heads.First(), "x-api-key"));
    }

    [Fact]
    public async Task Certificate_for_another_name_is_refused_even_from_a_trusted_root()
    {
        using var certificate = ProxyWorld.CertificateFor("other.example.com");
        await using var world = await StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = ScriptedOrigin.Echoing(certificate);
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"api.example.com:{origin.Port}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"https://api.example.com:{origin.Port}/", token));
        Assert.Equal((502, "egress.upstream.tls_failed"), (answer.Status, answer.Reason));
        Assert.Empty(origin.Heads);
    }

    [Fact]
    public async Task Certificate_of_an_unknown_root_is_refused()
    {
        using var certificate = ProxyWorld.CertificateFor("api.example.com");
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing(certificate);
        var token = world.Open(ProxyWorld.Reaching(origin));
        Assert.Equal("egress.upstream.tls_failed", (await world.AskAsync(ProxyWorld.Get($"https://api.example.com:{origin.Port}/", token))).Reason);
    }

    [Fact]
    public async Task Origin_that_no_binding_names_gets_no_secret()
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"https://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, answer.Status);
        Assert.Equal("", RawPeer.Field(origin.Heads.Single(), "authorization"));
    }

    [Theory]
    [InlineData("Authorization: mine\r\n")]
    [InlineData("authorization: mine\r\nAUTHORIZATION: mine too\r\n")]
    [InlineData("Connection: authorization\r\nAuthorization: mine\r\n")]
    public async Task Fields_that_the_worker_sends_under_an_injected_name_are_dropped(string fields)
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token, fields));
        var head = origin.Heads.Single();
        Assert.Equal(Secret, RawPeer.Field(head, "authorization"));
        Assert.DoesNotContain("mine", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_that_is_bound_to_a_header_twice_goes_out_once()
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var bound = Bindings.To($"http://{origin.Authority}");
        var token = world.Open(ProxyWorld.Reaching(origin), bound, Bindings.To($"http://{origin.Authority}", "Authorization"));
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        Assert.Single(origin.Heads.Single().Split("\r\n"), line => line.StartsWith("authorization:", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Underscore_twin_of_an_injected_name_is_dropped()
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}", "x-api-key"));
        await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token, "X_Api_Key: mine\r\n"));
        Assert.DoesNotContain("mine", origin.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Range: bytes=0-3\r\n")]
    [InlineData("Accept-Encoding: gzip\r\n")]
    [InlineData("TE: gzip\r\n")]
    public async Task Fields_that_could_hide_the_secret_in_the_answer_are_dropped(string field)
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token, field));
        Assert.DoesNotContain(field.TrimEnd(), origin.Heads.Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/2\r\nContent-Length: 2\r\n\r\nxx")]
    public async Task Answer_in_which_the_secret_could_not_be_found_is_refused(string sent)
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Answering(sent);
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal((502, "egress.denied.unreadable_answer"), (answer.Status, answer.Reason));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 {0}\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Echo: a{0}b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://evil.example/?{0}\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: {0}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Echo: {0}\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{0}\r\nx\r\n0\r\n\r\n")]
    public async Task Secret_outside_the_body_is_redacted_or_dropped(string sent)
    {
        await using var world = await StartAsync();
        await using var origin = ScriptedOrigin.Answering(string.Format(System.Globalization.CultureInfo.InvariantCulture, sent, Secret));
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.InRange(answer.Status, 200, 302);
        Assert.DoesNotContain("s3cr3t", answer.Head + answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_split_at_any_place_over_chunks_and_packets_is_redacted()
    {
        await using var world = await StartAsync();
        var cut = 0;
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            while (await self.NextAsync(peer))
            {
                var (left, right) = (Secret[..cut], Secret[cut..]);
                await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                await peer.SendAsync(Chunk("before " + left));
                await peer.SendAsync(Chunk(right + " after") + "0\r\n\r\n");
            }
        });
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        await using var peer = await world.ConnectAsync();
        for (cut = 0; cut <= Secret.Length; cut++)
        {
            await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
            Assert.Equal("before [redacted] after", (await peer.ReadAnswerAsync()).Body);
        }
    }

    [Fact]
    public async Task Secret_that_the_vault_lacks_denies_when_it_is_required_and_only_then()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var required = world.Leases.Open("w-1", Policy(origin), [Bindings.To($"http://{origin.Authority}")]).Token;
        var optional = world.Leases.Open("w-2", Policy(origin), [Bindings.To($"http://{origin.Authority}", required: false)]).Token;
        var refused = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", required));
        Assert.Equal((403, "egress.denied.credential_missing"), (refused.Status, refused.Reason));
        Assert.Equal(AuditOutcome.Denied, (await world.RecordAsync()).Outcome);
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", optional, "Authorization: mine\r\n"))).Status);
        Assert.DoesNotContain("mine", origin.Heads.Single(), StringComparison.Ordinal);
        world.Vault.IsBroken = true;
        Assert.Equal("egress.denied.credential_missing", (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", required))).Reason);
        Assert.Contains(world.Log.Lines, line => line.StartsWith("The secret vault could not be asked (Sealed)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("line\r\nX-Forged: 1")]
    [InlineData("ends in a line end\n")]
    [InlineData("nul\0")]
    [InlineData("caf\u00e9")]
    [InlineData(" space first")]
    [InlineData("")]
    public async Task Secret_that_no_header_can_carry_denies(string secret)
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Vault.Secrets[Bindings.Path] = secret;
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}", required: false));
        Assert.Equal("egress.denied.credential_value", (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Reason);
        Assert.Empty(origin.Heads);
    }

    private static string Chunk(string data) => data.Length == 0 ? "" : $"{data.Length:x}\r\n{data}\r\n";

    private static Palyra.Domain.Egress.Policies.EgressPolicy Policy(ScriptedOrigin origin) =>
        Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin));

    private static async Task<ProxyWorld> StartAsync(Action<Palyra.Adapters.Egress.Proxy.EgressProxyOptions>? configure = null)
    {
        var world = await ProxyWorld.StartAsync(configure);
        world.Vault.Secrets[Bindings.Path] = Secret;
        return world;
    }
}
