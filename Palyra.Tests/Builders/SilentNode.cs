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
        await tls.WriteAsync(Http2Frames.Preface);
        await tls.WriteAsync(Http2Frames.Frame(4, 0, 0, []));
        await tls.WriteAsync(Http2Frames.Frame(1, 4, 1, Http2Frames.Headers("/palyra.node.v1.NodeService/StreamNodeEvents")));
        await tls.WriteAsync(Http2Frames.Frame(0, 0, 1, RawCall.Frame(node.Event("node.started").ToByteArray())));
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
}
