using System.Text;
using Palyra.Adapters.Egress.Client;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class EgressFetchTests
{
    [Fact]
    public async Task FetchAsync_PostThroughTheProxy_BringsTheAnswerWhole()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            var body = await peer.ReadExactlyAsync(5);
            await peer.SendAsync($"HTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{body}\r\n0\r\n\r\n");
        });
        var answer = await FetchAsync(world.Server.EndPoint.ToString(), world.Open(ProxyWorld.Reaching(origin)), new EgressFetchRequest
        {
            Method = "POST",
            Url = $"http://{origin.Authority}/",
            Headers = [new("Content-Type", "text/plain")],
            Body = Encoding.ASCII.GetBytes("hello"),
        });
        Assert.Equal((201, "hello", "1", null), (answer.Status, Encoding.ASCII.GetString(answer.Body), answer.Header("x-a"), answer.ReasonCode));
        Assert.Equal("text/plain", RawPeer.Field(origin.Heads.Single(), "Content-Type"));
    }

    [Fact]
    public async Task FetchAsync_DeniedByTheProxy_CarriesTheReason()
    {
        await using var world = await ProxyWorld.StartAsync();
        var token = world.Open(new Palyra.Domain.Egress.Policies.EgressPolicyOptions { AllowAnyHost = true });
        var answer = await FetchAsync(world.Server.EndPoint.ToString(), token, new EgressFetchRequest { Url = "http://10.0.0.1/" });
        Assert.Equal((403, "egress.denied.private_target"), (answer.Status, answer.ReasonCode));
    }

    [Theory]
    [InlineData("", "egress.client.cut")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "egress.client.cut")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "egress.client.malformed")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "egress.client.malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nx", "egress.client.cut")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "egress.client.too_large")]
    public async Task FetchAsync_ProxyThatAnswersBadly_IsAnErrorWithItsCode(string sent, string code)
    {
        await using var proxy = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync(sent);
        });
        var failure = await Assert.ThrowsAsync<EgressFetchException>(
            () => FetchAsync(proxy.Authority, null, new EgressFetchRequest { Url = "http://api.example.com/" }));
        Assert.Equal(code, failure.Code);
    }

    [Theory]
    [InlineData("/relative", "GET", "X-A", "1")]
    [InlineData("http://a.example/ b", "GET", "X-A", "1")]
    [InlineData("http://a.example/", "G T", "X-A", "1")]
    [InlineData("http://a.example/", "CONNECT", "X-A", "1")]
    [InlineData("http://a.example/", "GET", "X A", "1")]
    [InlineData("http://a.example/", "GET", "X-A", "1\r\nX-B: 2")]
    [InlineData("http://a.example/", "GET", "Host", "b.example")]
    [InlineData("http://a.example/", "GET", "Content-Length", "4")]
    [InlineData("http://a.example/", "GET", "Proxy-Authorization", "Bearer x")]
    public async Task FetchAsync_RequestThatWouldNotBeWhatItSays_IsRefusedBeforeAnythingIsSent(string url, string method, string name, string value)
    {
        await using var proxy = ScriptedOrigin.Echoing();
        var failure = await Assert.ThrowsAsync<EgressFetchException>(
            () => FetchAsync(proxy.Authority, null, new EgressFetchRequest { Url = url, Method = method, Headers = [new(name, value)] }));
        Assert.Equal("egress.client.invalid_request", failure.Code);
        Assert.Equal(0, proxy.Connections);
    }

    [Theory]
    [InlineData("192.0.2.1:80")]
    [InlineData("[2001:db8::1]:80")]
    [InlineData("localhost.example.com:80")]
    public async Task FetchAsync_InClearBeyondLoopback_IsRefusedBeforeTheTokenLeaves(string proxy)
    {
        var failure = await Assert.ThrowsAsync<EgressFetchException>(() => FetchAsync(proxy, "token", new EgressFetchRequest { Url = "http://a.example/" }));
        Assert.Equal("egress.client.untrusted", failure.Code);
    }

    [Fact]
    public void Construct_CertificateThatCouldNotBeShown_Throws()
    {
        using var certificate = ProxyWorld.CertificateFor("worker");
        Assert.Throws<ArgumentException>(() => new EgressFetch(new EgressFetchOptions { ProxyAuthority = "127.0.0.1:1", ClientCertificate = certificate }));
    }

    private static async Task<EgressFetchAnswer> FetchAsync(string proxy, string? token, EgressFetchRequest request) =>
        await new EgressFetch(new EgressFetchOptions { ProxyAuthority = proxy, Token = token, MaxBodyBytes = 1000 }).FetchAsync(request, default);
}
