using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;
using Palyra.Tests.Adapters.Grpc.Transport;

namespace Palyra.Tests.Builders;

/// <summary>
/// A node that opens its event stream by HTTP/2 frames written by hand, and then never says anything again: it reads, but answers no ping, like one whose
/// process hangs.
/// </summary>
internal sealed class SilentNode : IDisposable
{
    private readonly SslStream _tls;

    private SilentNode(SslStream tls) => _tls = tls;

    internal static async Task<SilentNode> OpenStreamAsync(RpcGateway gateway, RpcNode node)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, gateway.EndPoint.Port);
        var options = gateway.Gateway.NewHandler(node.Certificate).SslOptions;
        options.TargetHost = "localhost";
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(options);
        await tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await tls.WriteAsync(Frame(4, 0, 0, []));
        await tls.WriteAsync(Frame(1, 4, 1, Headers()));
        await tls.WriteAsync(Frame(0, 0, 1, RawCall.Frame(node.Event("node.started").ToByteArray())));
        var silent = new SilentNode(tls);
        await silent.ReadUntilDataAsync();
        return silent;
    }

    /// <summary>Reads on, answering nothing, until the gateway closes the connection.</summary>
    internal async Task WaitUntilCutOffAsync(TimeSpan patience)
    {
        try
        {
            while (await _tls.ReadAsync(new byte[4_096]).AsTask().WaitAsync(patience) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    public void Dispose() => _tls.Dispose();

    private async Task ReadUntilDataAsync()
    {
        var head = new byte[9];
        do
        {
            await _tls.ReadExactlyAsync(head);
            await _tls.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]);
        }
        while (head[3] != 0);
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];

    // HPACK, every field as a literal without indexing and without Huffman coding.
    private static byte[] Headers()
    {
        (string Name, string Value)[] fields =
        [
            (":method", "POST"), (":scheme", "https"), (":path", "/palyra.node.v1.NodeService/StreamNodeEvents"), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ];
        return [.. fields.SelectMany(field => (byte[])[0, .. Text(field.Name), .. Text(field.Value)])];
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text)];
}
