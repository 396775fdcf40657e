namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>Origins that answer before they have read the request's body, and close at once: the kernel then resets the connection under the body.</summary>
public sealed class EarlyAnswerTests
{
    private const string Refusal = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    private static readonly string Body = new('b', 3_000_000);

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Answer_that_was_complete_comes_through_whenever_the_body_fails(string scheme)
    {
        using var certificate = ProxyWorld.CertificateFor("127.0.0.1");
        await using var world = await ProxyWorld.StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = ScriptedOrigin.AnsweringOnce(Refusal, scheme == "https" ? certificate : null);
        var token = world.Open(ProxyWorld.Reaching(origin));

        // Whether the body or the answer is first is a race: it has to be lost a few times.
        for (var i = 0; i < 20; i++)
        {
            var answer = await PostAsync(world, $"{scheme}://{origin.Authority}/", token);
            Assert.Equal((413, "no", ""), (answer.Status, answer.Body, answer.Reason));
        }

        Assert.Equal(20, origin.Connections);
    }

    [Fact]
    public async Task Answer_that_is_cut_with_the_body_is_not_passed_off_as_complete()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.AnsweringOnce("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno");
        var token = world.Open(ProxyWorld.Reaching(origin));
        await Assert.ThrowsAsync<IOException>(() => PostAsync(world, $"http://{origin.Authority}/", token));
        Assert.Equal("egress.upstream.truncated", (await world.RecordAsync()).ReasonCode);
    }

    private static async Task<Answer> PostAsync(ProxyWorld world, string url, string token)
    {
        await using var peer = await world.ConnectAsync();
        var sending = SendAsync(peer, ProxyWorld.Get(url, token, $"Content-Length: {Body.Length}\r\n").Replace("GET ", "POST ", StringComparison.Ordinal) + Body);
        var answer = await peer.ReadAnswerAsync();
        await sending;
        return answer;
    }

    private static async Task SendAsync(RawPeer peer, string request)
    {
        try
        {
            await peer.SendAsync(request);
        }
        catch (IOException)
        {
            // The proxy stops reading after it has answered.
        }
    }
}
