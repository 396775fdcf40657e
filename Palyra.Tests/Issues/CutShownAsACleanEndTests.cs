using System.Net;
using System.Net.Sockets;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Egress.Transport;
using Palyra.Adapters.Egress.Upstream;

namespace Palyra.Tests.Issues;

/// <summary>
/// A request that was cut could end, with its origin's connection gone, before the cut came to the worker's: the worker saw a clean end, and an answer
/// that lasts until the end of the connection looked whole.
/// </summary>
public class CutShownAsACleanEndTests
{
    [Fact]
    public async Task Abort_TheExchangeEndsInBetween_TheWorkerSeesAReset()
    {
        using var sweep = new DeadlineSweep(TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var worker = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await worker.ConnectAsync(listener.LocalEndpoint);
        var accepted = new SocketConnection(await listener.AcceptSocketAsync());
        using var client = new ClientConnection(accepted, null, sweep, new ConnectionPlace(new Strangers(1), new WorkerSlots(1, 1), accepted));
        using var originSocket = new SocketThatTells();
        using var origin = new OriginConnection(default, originSocket, Stream.Null);
        client.Attach(origin);
        originSocket.Closing = () =>
        {
            // As the request loop and then the listener do when an exchange is over.
            client.Dispose();
            accepted.DisposeAsync().AsTask().GetAwaiter().GetResult();
        };

        client.Abort(ProxyReason.Overdue);

        var ended = await Assert.ThrowsAsync<SocketException>(() => worker.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, ended.SocketErrorCode);
    }

    private sealed class SocketThatTells() : Socket(SocketType.Stream, ProtocolType.Tcp)
    {
        internal Action? Closing { get; set; }

        protected override void Dispose(bool disposing)
        {
            var closing = Closing;
            Closing = null;
            closing?.Invoke();
            base.Dispose(disposing);
        }
    }
}
