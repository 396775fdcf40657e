using System.Net.Security;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>An answer that lasts until its connection ends is complete over TLS only if TLS itself said the end (RFC 9112, section 9.8).</summary>
public sealed class TlsEndTests
{
    private const string UntilClose = "HTTP/1.1 200 OK\r\n\r\nuntil the end";

    [Fact]
    public async Task End_that_tls_announced_completes_the_answer()
    {
        using var certificate = ProxyWorld.CertificateFor("127.0.0.1");
        await using var world = await ProxyWorld.StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = new ScriptedOrigin(
            async (peer, self) =>
            {
                await self.NextAsync(peer);
                await peer.SendAsync(UntilClose);
                await ((SslStream)peer.Stream).ShutdownAsync();
            },
            certificate);
        var answer = await world.AskAsync(ProxyWorld.Get($"https://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin))));
        Assert.Equal((200, "until the end"), (answer.Status, answer.Body));
        Assert.Equal("egress.allowed", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task End_of_the_bare_connection_cuts_the_answer()
    {
        using var certificate = ProxyWorld.CertificateFor("127.0.0.1");
        await using var world = await ProxyWorld.StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = ScriptedOrigin.AnsweringOnce(UntilClose, certificate);
        await Assert.ThrowsAsync<IOException>(() => world.AskAsync(ProxyWorld.Get($"https://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin)))));
        Assert.Equal("egress.upstream.truncated", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task Answer_that_says_its_own_length_needs_no_such_end()
    {
        using var certificate = ProxyWorld.CertificateFor("127.0.0.1");
        await using var world = await ProxyWorld.StartAsync(options => options.AdditionalTrustedRoots.Add(certificate));
        await using var origin = ScriptedOrigin.AnsweringOnce("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", certificate);
        Assert.Equal("ok", (await world.AskAsync(ProxyWorld.Get($"https://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin))))).Body);
    }
}
