using System.Net;
using System.Net.Sockets;

namespace Palyra.Benchmarks.Tools;

/// <summary>Passes connections on from another loopback address, so that a gateway that counts pairings by address sees as many machines as there would be.</summary>
internal sealed class SourceRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly IPAddress _source;

    internal SourceRelay(string target, string source)
    {
        (_target, _source) = (IPEndPoint.Parse(target), IPAddress.Parse(source));
        _listener.Start();
        _ = AcceptAsync();
    }

    internal string Authority => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // No more pairings.
        }
    }

    private async Task RelayAsync(TcpClient near)
    {
        using (near)
        using (var far = new TcpClient(new IPEndPoint(_source, 0)))
        {
            await far.ConnectAsync(_target);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
        }
    }
}
