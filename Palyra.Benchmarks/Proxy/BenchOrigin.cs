using System.Net.Sockets;
using System.Text;

namespace Palyra.Benchmarks.Proxy;

/// <summary>An origin that does as little as possible: the figures are to show the proxy's cost, not its own.</summary>
internal static class BenchOrigin
{
    internal const int LargeBytes = 10 * 1024 * 1024;

    private static readonly byte[] Small = [.. Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n"), .. new byte[1024]];
    private static readonly byte[] LargeHead = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {LargeBytes}\r\n\r\n");
    private static readonly byte[] Block = new byte[256 * 1024];

    /// <summary>
    /// Answers <c>GET /small</c> and <c>GET /large</c>; <c>GET /mute</c> never, and <c>GET /endless</c> without end. A TLS hello, which opens a tunnel, is followed by one byte that says what the tunnel is for: <c>D</c> sends
    /// without end.
    /// </summary>
    internal static async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        try
        {
            // Most connections of a benchmark of set-ups never say anything.
            await connection.ReceiveAsync(Memory<byte>.Empty);
            var buffer = new byte[16 * 1024];
            while (true)
            {
                var count = await connection.ReceiveAsync(buffer);
                if (count == 0)
                {
                    return;
                }

                if (buffer[0] == 22 || buffer[0] == (byte)'D')
                {
                    await TunnelAsync(connection, buffer, count);
                    return;
                }

                while (!EndsHead(buffer.AsSpan(0, count)))
                {
                    count += await connection.ReceiveAsync(buffer.AsMemory(count));
                }

                if (buffer.AsSpan().StartsWith("GET /large"u8) || buffer.AsSpan(0, 64).IndexOf("/large "u8) > 0)
                {
                    await connection.SendAsync(LargeHead);
                    for (var left = LargeBytes; left > 0; left -= Block.Length)
                    {
                        await connection.SendAsync(Block);
                    }
                }
                else if (buffer.AsSpan(0, 64).IndexOf("/endless "u8) > 0)
                {
                    await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
                    while (true)
                    {
                        await connection.SendAsync(Block);
                    }
                }
                else if (buffer.AsSpan(0, 64).IndexOf("/mute "u8) < 0)
                {
                    await connection.SendAsync(Small);
                }
            }
        }
        catch (SocketException)
        {
            // The other side has had enough.
        }
    }

    private static bool EndsHead(ReadOnlySpan<byte> head) => head.EndsWith("\r\n\r\n"u8);

    private static async Task TunnelAsync(Socket connection, byte[] buffer, int count)
    {
        while (buffer[count - 1] != (byte)'D')
        {
            count = await connection.ReceiveAsync(buffer);
            if (count == 0)
            {
                return;
            }
        }

        while (true)
        {
            await connection.SendAsync(Block);
        }
    }
}
