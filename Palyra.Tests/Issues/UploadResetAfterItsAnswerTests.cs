using System.Net.Security;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// An upload that failed over TLS was answered, and then the proxy ended its side a second time: TLS throws at that, so the connection was reset under the
/// answer, and an ordinary failure of an origin stood in the log as a fault of the proxy.
/// </summary>
public class UploadResetAfterItsAnswerTests
{
    [Fact]
    public async Task Run_TheWorkerSendsOnAfterItsAnswer_EndsTheConnectionWithoutAFault()
    {
        using var certificate = ProxyWorld.CertificateFor("proxy.example.com");
        await using var world = await ProxyWorld.StartAsync(options => options.ServerCertificate = () => certificate);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadExactlyAsync(5);
        });
        await using var wire = await world.ConnectAsync();
        var tls = new SslStream(wire.Stream, leaveInnerStreamOpen: false, (_, shown, _, _) => certificate.Equals(shown));
        await tls.AuthenticateAsClientAsync("proxy.example.com");
        await using (var peer = new RawPeer(tls))
        {
            var head = ProxyWorld.Get($"http://{origin.Authority}/", world.Open(ProxyWorld.Reaching(origin)), "Content-Length: 10\r\n");
            await peer.SendAsync(head.Replace("GET ", "POST ", StringComparison.Ordinal) + "12345");
            Assert.Equal("egress.upstream.truncated", (await peer.ReadAnswerAsync()).Reason);

            await peer.SendAsync("67890");

            Assert.Equal("", await peer.ReadToEndAsync());
        }

        await Wait.UntilAsync(() => world.Server.OpenConnections == 0);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("Exception", StringComparison.Ordinal));
    }
}
