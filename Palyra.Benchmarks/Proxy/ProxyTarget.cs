using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Palyra.Benchmarks.Proxy;

/// <summary>One way to the origin: straight, through Palyra's proxy, or through another proxy that is installed here.</summary>
internal sealed class ProxyTarget(string name, int originPort, int? proxyPort, string[] tokens, Process? process) : IDisposable
{
    /// <summary>A ClientHello without a server name, as is right for an address, and then a letter for the origin.</summary>
    private static readonly byte[] Hello =
        [22, 3, 1, 0, 52, 1, 0, 0, 48, 3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, 0, 5, 0, 43, 0, 1, 0];

    internal string Name { get; } = name;

    internal bool IsProxy => proxyPort is not null;

    internal IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, proxyPort ?? originPort);

    /// <summary>The resident memory of the proxy's process, in bytes.</summary>
    internal long ResidentBytes
    {
        get
        {
            process!.Refresh();
            return process.WorkingSet64;
        }
    }

    internal byte[] Get(string path, int number) => Encoding.ASCII.GetBytes(
        $"GET {(IsProxy ? $"http://127.0.0.1:{originPort}" : "")}{path} HTTP/1.1\r\nHost: 127.0.0.1:{originPort}\r\n{Authorization(number)}\r\n");

    /// <summary>The head that asks for a tunnel to the origin.</summary>
    internal byte[] Connect(int number) => Encoding.ASCII.GetBytes(
        $"CONNECT 127.0.0.1:{originPort} HTTP/1.1\r\nHost: 127.0.0.1:{originPort}\r\n{Authorization(number)}\r\n");

    /// <summary>A tunnel, by calls that block.</summary>
    internal Socket Open(byte[] connect, byte[] answer)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(EndPoint);
        socket.Send(connect);
        ThrowUnlessOpen(answer, socket.Receive(answer));
        return socket;
    }

    /// <summary>A connection to the origin: a tunnel through a proxy, plain otherwise.</summary>
    internal async Task<Socket> OpenAsync(int number)
    {
        var socket = await ConnectAsync();
        if (!IsProxy)
        {
            return socket;
        }

        await socket.SendAsync(Connect(number));
        var answer = new byte[1024];
        ThrowUnlessOpen(answer, await socket.ReceiveAsync(answer));
        return socket;
    }

    /// <summary>A tunnel that has proven to carry TLS, so that nothing of its opening is left to be done.</summary>
    internal async Task<Socket> OpenProvenAsync(int number)
    {
        var socket = await OpenAsync(number);
        await socket.SendAsync(Hello);
        return socket;
    }

    internal async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint);
        return socket;
    }

    public void Dispose() => process?.Dispose();

    private void ThrowUnlessOpen(byte[] answer, int count)
    {
        if (count < 12 || !answer.AsSpan(8, 4).SequenceEqual(" 200"u8))
        {
            throw new IOException($"{Name}: {Encoding.ASCII.GetString(answer, 0, count)}");
        }
    }

    private string Authorization(int number) => tokens.Length == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"Proxy-Authorization: Bearer {tokens[number % tokens.Length]}\r\n");
}
