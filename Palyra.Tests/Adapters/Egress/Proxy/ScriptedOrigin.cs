using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>An origin on loopback that does what its script says with every connection, with or without TLS.</summary>
internal sealed class ScriptedOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawPeer, ScriptedOrigin, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentBag<Stream> _open = [];
    private readonly Task _accepting;
    private int _connections;

    internal ScriptedOrigin(Func<RawPeer, ScriptedOrigin, Task> script, X509Certificate2? certificate = null)
    {
        _script = script;
        _certificate = certificate;
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal string Authority => $"127.0.0.1:{Port}";

    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>The heads of the requests it read with <see cref="NextAsync"/>.</summary>
    internal ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>An origin that gives the same answer to every request without a body.</summary>
    internal static ScriptedOrigin Answering(string answer, X509Certificate2? certificate = null) => new(
        async (peer, origin) =>
        {
            while (await origin.NextAsync(peer))
            {
                await peer.SendAsync(answer);
            }
        },
        certificate);

    /// <summary>An origin that reads one request's head, gives an answer and closes: without TLS's own end, and with a reset when a body is still coming.</summary>
    internal static ScriptedOrigin AnsweringOnce(string answer, X509Certificate2? certificate = null) => new(
        async (peer, origin) =>
        {
            await origin.NextAsync(peer);
            await peer.SendAsync(answer);
        },
        certificate);

    /// <summary>An origin whose answer's body is the request head it got.</summary>
    internal static ScriptedOrigin Echoing(X509Certificate2? certificate = null) => new(
        async (peer, origin) =>
        {
            while (await origin.NextAsync(peer))
            {
                var head = origin.Heads.Last();
                await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {head.Length}\r\n\r\n{head}");
            }
        },
        certificate);

    /// <summary>Reads the next request head; false at the end of the connection.</summary>
    internal async Task<bool> NextAsync(RawPeer peer)
    {
        var head = await peer.ReadHeadAsync();
        if (head.Length > 0)
        {
            Heads.Enqueue(head);
        }

        return head.Length > 0;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var stream in _open)
        {
            await stream.DisposeAsync();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        _open.Add(stream);
        try
        {
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(_certificate);
                stream = tls;
            }

            await _script(new RawPeer(stream), this);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or TimeoutException)
        {
            // The proxy went away, as many tests want it to.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }
}
