using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>Binds plain TCP listeners for Kestrel whose connections are <see cref="SocketConnection"/>s.</summary>
internal sealed class SocketListenerFactory : IConnectionListenerFactory
{
    private const int Backlog = 4096;

    // From Linux' netinet/tcp.h; .NET has no names for them.
    private const int TcpLevel = 6;
    private const int TcpDeferAccept = 9;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            WaitForFirstByte(socket);
            socket.Listen(Backlog);
            return new ValueTask<IConnectionListener>(new SocketListener(socket));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(refused.Message, refused);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Whoever speaks to a proxy speaks first: Linux holds a connection back until its first byte, or a second later. One that only connects costs no
    // wake-up and no place here; and when the kernel's own queue is full of such, it hands new ones out at once.
    private static void WaitForFirstByte(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            socket.SetRawSocketOption(TcpLevel, TcpDeferAccept, BitConverter.GetBytes(1));
        }
        catch (SocketException)
        {
            // A kernel without it hands out every connection: dearer under siege, and nothing else.
        }
    }

    private sealed class SocketListener(Socket socket) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    var accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                    try
                    {
                        accepted.NoDelay = true;
                        return new SocketConnection(accepted);
                    }
                    catch (SocketException)
                    {
                        // The peer was gone before it was greeted.
                        accepted.Dispose();
                    }
                }
                catch (Exception unbound) when (unbound is ObjectDisposedException
                    or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    return null;
                }
                catch (SocketException)
                {
                    // A connection that died in the queue, or the process is short of descriptors: neither ends the listener.
                    await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return default;
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return default;
        }
    }
}
