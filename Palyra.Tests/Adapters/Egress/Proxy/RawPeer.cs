using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>A connection on which a test says exactly what it wants, byte for byte, and sees exactly what comes back.</summary>
internal sealed class RawPeer(Stream stream) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly List<byte> _ahead = [];

    internal Stream Stream { get; } = stream;

    internal static async Task<RawPeer> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint);
        return new RawPeer(new NetworkStream(socket, ownsSocket: true));
    }

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Stream.WriteAsync(bytes).AsTask().WaitAsync(Limit);

    /// <summary>Reads up to and with the blank line; what is there at the end of the stream if that comes first.</summary>
    internal async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadByteAsync() is not { } next)
            {
                break;
            }

            head.Append((char)next);
        }

        return head.ToString();
    }

    internal async Task<string> ReadExactlyAsync(int count)
    {
        var text = new StringBuilder();
        while (text.Length < count && await ReadByteAsync() is { } next)
        {
            text.Append((char)next);
        }

        return text.ToString();
    }

    /// <summary>Reads a head and its body, by its own framing.</summary>
    internal async Task<Answer> ReadAnswerAsync(bool toHead = false)
    {
        var head = await ReadHeadAsync();
        var length = Field(head, "Content-Length");
        var body = toHead || head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal) ? ""
            : Field(head, "Transfer-Encoding") == "chunked" ? await ReadChunksAsync()
            : length.Length > 0 ? await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture))
            : await ReadToEndAsync();
        return new Answer(head, body);
    }

    internal async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReadByteAsync() is { } next)
        {
            text.Append((char)next);
        }

        return text.ToString();
    }

    /// <summary>Waits for the end of the stream, clean or not, and says whether it was a reset.</summary>
    internal async Task<bool> ReadUntilCutAsync()
    {
        try
        {
            await ReadToEndAsync();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    internal static string Field(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault("");

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    private async Task<string> ReadChunksAsync()
    {
        var body = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line.Length == 0)
            {
                throw new IOException("The chunked body ended early.");
            }

            var size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                for (var trailer = await ReadLineAsync(); trailer.Length > 0; trailer = await ReadLineAsync())
                {
                    body.Append("\ntrailer ").Append(trailer);
                }

                return body.ToString();
            }

            body.Append(await ReadExactlyAsync(size));
            await ReadLineAsync();
        }
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadByteAsync() is { } next && next != '\n')
        {
            line.Append((char)next);
        }

        return line.ToString().TrimEnd('\r');
    }

    private async Task<byte?> ReadByteAsync()
    {
        if (_ahead.Count == 0)
        {
            var buffer = new byte[16 * 1024];
            var count = await Stream.ReadAsync(buffer).AsTask().WaitAsync(Limit);
            if (count == 0)
            {
                return null;
            }

            _ahead.AddRange(buffer.AsSpan(0, count));
            _ahead.Reverse();
        }

        var next = _ahead[^1];
        _ahead.RemoveAt(_ahead.Count - 1);
        return next;
    }
}

/// <summary>An answer as it came over the wire.</summary>
internal sealed record Answer(string Head, string Body)
{
    internal int Status => Head.Length < 12 ? 0 : int.Parse(Head.AsSpan(9, 3), CultureInfo.InvariantCulture);

    internal string Reason => this["X-Palyra-Reason"];

    internal string this[string name] => RawPeer.Field(Head, name);
}
