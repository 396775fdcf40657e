using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>Whatever stands behind CONNECT's head before it is answered was sent to nobody in particular, inside TLS as well.</summary>
public sealed class EarlyTunnelBytesTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Bytes_before_the_answer_are_refused_however_they_arrive(bool overTls, bool inOnePiece)
    {
        using var certificate = ProxyWorld.CertificateFor("proxy.example.com");
        await using var world = await ProxyWorld.StartAsync(options => options.ServerCertificate = overTls ? () => certificate : null);
        await using var origin = ScriptedOrigin.Echoing();
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var wire = await HoldingStream.ConnectAsync(world);
        await using var peer = await OverAsync(wire, overTls ? certificate : null);
        world.Names.Answer = (_, _) =>
        {
            // The head is judged and the target not dialled yet: nobody can have been answered.
            if (!inOnePiece)
            {
                peer.Stream.Write("early"u8);
                wire.WaitForDelivery();
            }

            return FakeNames.Of("127.0.0.1");
        };

        wire.Holds = inOnePiece;
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        if (inOnePiece)
        {
            await peer.SendAsync("early");
            await wire.LetGoAsync();
        }

        var answer = await peer.ReadAnswerAsync();
        Assert.Equal((400, "egress.proxy.malformed_request", "close"), (answer.Status, answer.Reason, answer["Connection"]));
        Assert.Equal("", await peer.ReadToEndAsync());
        Assert.Equal("egress.proxy.malformed_request", (await world.RecordAsync()).ReasonCode);
        Assert.DoesNotContain(origin.Heads, bytes => bytes.Length > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tunnel_inside_tls_carries_what_comes_after_the_answer(bool opaque)
    {
        using var certificate = ProxyWorld.CertificateFor("proxy.example.com");
        await using var world = await ProxyWorld.StartAsync(options => options.ServerCertificate = () => certificate);
        var hello = Encoding.Latin1.GetString(Hellos.For("api.example.com"));
        await using var origin = new ScriptedOrigin(async (peer, _) => await peer.SendAsync("got " + await peer.ReadExactlyAsync(hello.Length)));
        var token = world.Open(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = opaque });
        await using var wire = await HoldingStream.ConnectAsync(world);
        await using var peer = await OverAsync(wire, certificate);
        await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
        Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        await peer.SendAsync(hello);
        Assert.Equal("got " + hello, await peer.ReadExactlyAsync(4 + hello.Length));
    }

    private static async Task<RawPeer> OverAsync(HoldingStream wire, X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return new RawPeer(wire);
        }

        var tls = new SslStream(wire, leaveInnerStreamOpen: true, (_, shown, _, _) => certificate.Equals(shown));
        await tls.AuthenticateAsClientAsync("proxy.example.com");
        return new RawPeer(tls);
    }

    /// <summary>A connection that can keep what is written until it is let go in one piece.</summary>
    private sealed class HoldingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly MemoryStream _held = new();

        internal bool Holds { get; set; }

        internal static async Task<HoldingStream> ConnectAsync(ProxyWorld world)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(world.Server.EndPoint);
            return new HoldingStream(socket);
        }

        /// <summary>Waits until the other side's kernel has acknowledged everything: a busy loopback delivers after the write has returned.</summary>
        internal void WaitForDelivery()
        {
            const int Tcp = 6;
            const int TcpInfo = 11;
            const int Unacknowledged = 24; // in struct tcp_info of linux/tcp.h
            if (OperatingSystem.IsLinux())
            {
                var info = new byte[64];
                Assert.True(SpinWait.SpinUntil(() => Socket.GetRawSocketOption(Tcp, TcpInfo, info) > 0 && BitConverter.ToUInt32(info, Unacknowledged) == 0, 10_000));
            }
        }

        internal async Task LetGoAsync()
        {
            Holds = false;
            await WriteAsync(_held.ToArray());
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!Holds)
            {
                return base.WriteAsync(buffer, cancellationToken);
            }

            _held.Write(buffer.Span);
            return default;
        }
    }
}
