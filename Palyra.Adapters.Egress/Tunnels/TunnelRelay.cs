using System.Buffers;
using System.Net.Sockets;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Egress.Transport;
using Palyra.Adapters.Egress.Upstream;

namespace Palyra.Adapters.Egress.Tunnels;

/// <summary>
/// Copies bytes both ways until both sides have ended, one of them fails, or a budget is used up. Each direction has one buffer, and none while
/// nothing arrives; a slow reader stops its sender.
/// </summary>
internal sealed class TunnelRelay(ClientConnection client, OriginConnection origin, long downBudget, long upBudget)
{
    private const int BufferBytes = 64 * 1024;

    private long _up;
    private long _down;

    /// <summary>Bytes from the worker.</summary>
    internal long BytesUp => Volatile.Read(ref _up);

    /// <summary>Bytes to the worker.</summary>
    internal long BytesDown => Volatile.Read(ref _down);

    /// <summary>Passes on what was read to be looked at.</summary>
    internal async ValueTask PassOnAsync(ByteInput first)
    {
        Volatile.Write(ref _up, _up + first.Count);
        await origin.Stream.WriteAsync(first.Memory).ConfigureAwait(false);
        first.Consume(first.Count);
        first.ReleaseIfEmpty();
    }

    /// <summary>Copies what the worker sends, to the end. Never throws: what fails cuts both sides, and the client connection knows why.</summary>
    /// <param name="first">A wait for the worker's first byte that is under way already; no stream has two.</param>
    internal Task UpAsync(Task? first)
    {
        client.Input.ReleaseIfEmpty();
        return CopyAsync(isUp: true, first);
    }

    /// <summary>Copies what the target sends, to the end. Never throws.</summary>
    internal Task DownAsync() => CopyAsync(isUp: false, null);

    private async Task CopyAsync(bool isUp, Task? first)
    {
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                // Waiting costs no buffer.
                if (first is null)
                {
                    await From(isUp).ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                }
                else
                {
                    await first.ConfigureAwait(false);
                    first = null;
                }

                buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                var count = await From(isUp).ReadAsync(buffer).ConfigureAwait(false);
                if (count == 0)
                {
                    await EndAsync(isUp).ConfigureAwait(false);
                    return;
                }

                if (!Count(count, isUp))
                {
                    client.Abort(isUp ? ProxyReason.RequestTooLarge : ProxyReason.ResponseTooLarge);
                    return;
                }

                await From(!isUp).WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                client.Touch();
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = null;
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException)
        {
            client.Abort(ProxyReason.ClientGone);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private Stream From(bool isUp) => isUp ? client.Stream : origin.Stream;

    private ValueTask EndAsync(bool isUp)
    {
        if (!isUp)
        {
            return client.EndSendingAsync();
        }

        Sockets.EndSending(origin.Socket);
        return default;
    }

    private bool Count(int count, bool isUp)
    {
        if (isUp)
        {
            Volatile.Write(ref _up, _up + count);
            return _up <= upBudget;
        }

        Volatile.Write(ref _down, _down + count);
        return _down <= downBudget;
    }
}
