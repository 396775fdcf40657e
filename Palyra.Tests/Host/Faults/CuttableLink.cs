using System.Net;
using System.Net.Sockets;

namespace Palyra.Tests.Host.Faults;

/// <summary>A network between a worker and its gateway that can be cut: from then on nothing passes and nobody is told, as when a cable is pulled.</summary>
internal sealed class CuttableLink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private volatile bool _isCut;

    internal CuttableLink(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    internal IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Pulls the cable.</summary>
    internal void Cut() => _isCut = true;

    /// <summary>Resets every connection, as the system does for a process that was killed.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
            {
                // Without lingering, closing resets.
                socket.Close(0);
            }

            _sockets.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Reset();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = Keep(await _listener.AcceptSocketAsync());
                var far = Keep(new Socket(SocketType.Stream, ProtocolType.Tcp));
                await far.ConnectAsync(_target);
                _ = PassAsync(near, far);
                _ = PassAsync(far, near);
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private Socket Keep(Socket socket)
    {
        socket.NoDelay = true;
        lock (_lock)
        {
            _sockets.Add(socket);
        }

        return socket;
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0 && !_isCut;)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }

            if (!_isCut)
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            if (!_isCut)
            {
                to.Dispose();
            }
        }
    }
}
