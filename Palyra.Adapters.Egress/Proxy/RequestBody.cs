using System.Net.Sockets;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Upstream;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Carries a request's body upstream while the answer may already be coming back.</summary>
internal sealed class RequestBody(ClientConnection client, OriginConnection origin, BodyFraming framing, long budget)
{
    private Task _pump = Task.CompletedTask;
    private bool _isDone;

    /// <summary>Bytes of the body carried so far.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Whether the whole body was carried.</summary>
    internal bool IsDone => Volatile.Read(ref _isDone);

    /// <summary>Whether the buffers of both connections are still in use.</summary>
    internal bool IsUnderWay => !IsDone && !_pump.IsCompleted;

    /// <summary>Ends when the body has let go of both connections, carried or not.</summary>
    internal Task Ended => _pump;

    /// <summary>What was wrong with the body, or <see langword="null"/>.</summary>
    internal string? Error { get; private set; }

    /// <summary>Begins; the client's input belongs to the body until it is done.</summary>
    internal void Start() => _pump = PumpAsync();

    private async Task PumpAsync()
    {
        try
        {
            Error = framing.Kind == BodyKind.Length ? await PumpLengthAsync().ConfigureAwait(false) : await PumpChunksAsync().ConfigureAwait(false);
            if (Error is null)
            {
                await origin.Output.FlushAsync().ConfigureAwait(false);
                Volatile.Write(ref _isDone, true);
            }
            else
            {
                // Never completed: the origin must not take what came for a whole request.
                origin.Reset();
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException)
        {
            // An origin may answer and close before it has read everything. A reset from here would destroy that answer where it waits to be read;
            // without one the reader finds it, or the end of the connection.
            origin.LostWrites = true;
        }
    }

    /// <summary>Reads more of the body. A worker that is gone has ended, however it went: only what fails towards the origin is left to its answer.</summary>
    private async ValueTask<bool> ReadMoreAsync()
    {
        try
        {
            return await client.Input.ReadAsync().ConfigureAwait(false) > 0;
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async ValueTask<string?> PumpLengthAsync()
    {
        var left = framing.Length;
        if (left == 0 || client.Input.Count == 0)
        {
            await origin.Output.FlushAsync().ConfigureAwait(false);
        }

        while (left > 0)
        {
            if (client.Input.Count == 0 && !await ReadMoreAsync().ConfigureAwait(false))
            {
                return ProxyReason.ClientGone;
            }

            var piece = client.Input.Memory[..(int)Math.Min(left, client.Input.Count)];
            await origin.Output.WriteAsync(piece).ConfigureAwait(false);
            client.Input.Consume(piece.Length);
            left -= piece.Length;
            Bytes += piece.Length;
            client.Touch();
        }

        return null;
    }

    private static bool IsTrailerSection(ReadOnlySpan<byte> trailers) => trailers.IsEmpty || new HeaderFields().Parse(trailers, 0) is null;

    private async ValueTask<string?> PumpChunksAsync()
    {
        var decoder = new ChunkedDecoder();
        while (true)
        {
            var step = decoder.Step(client.Input.Bytes, out var consumed, out var range);
            if (step == ChunkStep.Data)
            {
                var data = client.Input.Bytes[range];
                Bytes += data.Length;
                if (Bytes > budget)
                {
                    return ProxyReason.RequestTooLarge;
                }

                ChunkWriter.Write(origin.Output, data);
            }

            client.Input.Consume(consumed);
            switch (step)
            {
                case ChunkStep.Malformed:
                case ChunkStep.Done when !IsTrailerSection(decoder.Trailers):
                    ProxyMetrics.RefusedHead("worker");
                    return ProxyReason.Malformed;
                case ChunkStep.Done:
                    // Trailers end here: what a worker appends after its body was not in the head that was judged.
                    origin.Output.Append("0\r\n\r\n"u8);
                    return null;
                case ChunkStep.NeedMore:
                    await origin.Output.FlushAsync().ConfigureAwait(false);
                    if (!await ReadMoreAsync().ConfigureAwait(false))
                    {
                        return ProxyReason.ClientGone;
                    }

                    client.Touch();
                    break;
                default:
                    if (origin.Output.Pending >= ChunkWriter.FlushAt)
                    {
                        await origin.Output.FlushAsync().ConfigureAwait(false);
                    }

                    break;
            }
        }
    }
}
