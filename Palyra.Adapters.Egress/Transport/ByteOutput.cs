using System.Buffers;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>Collects bytes in one pooled buffer and writes them to a stream in one piece. The caller flushes before it grows large.</summary>
internal sealed class ByteOutput(Stream stream) : IDisposable
{
    private const int Smallest = 4 * 1024;

    private byte[]? _buffer;
    private int _count;

    /// <summary>Bytes collected and not yet written.</summary>
    internal int Pending => _count;

    /// <summary>Bytes handed to the stream so far.</summary>
    internal long Written { get; private set; }

    /// <summary>Whether a write was begun and did not succeed: the peer is gone, whatever else failed with it.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Adds bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _count += bytes.Length;
    }

    /// <summary>Adds ASCII text.</summary>
    internal void Append(string ascii)
    {
        _count += System.Text.Encoding.ASCII.GetBytes(ascii, Room(ascii.Length));
    }

    /// <summary>Adds a number in decimal.</summary>
    internal void Append(long number)
    {
        number.TryFormat(Room(20), out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        _count += written;
    }

    /// <summary>Adds a number in hexadecimal.</summary>
    internal void AppendHex(int number)
    {
        number.TryFormat(Room(8), out var written, "x", System.Globalization.CultureInfo.InvariantCulture);
        _count += written;
    }

    /// <summary>Forgets what was collected.</summary>
    internal void Discard() => Clear();

    /// <summary>Writes what was collected, and clears it; a buffer that grew goes back, the smallest is kept.</summary>
    internal ValueTask FlushAsync()
    {
        if (_count == 0)
        {
            return default;
        }

        IsBroken = true;
        var pending = stream.WriteAsync(_buffer.AsMemory(0, _count));
        if (!pending.IsCompletedSuccessfully)
        {
            return Awaited(pending);
        }

        pending.GetAwaiter().GetResult();
        Flushed();
        return default;
    }

    /// <summary>Writes what was collected, then bytes that are not worth copying.</summary>
    internal async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_count > 0 && _count + bytes.Length <= Smallest)
        {
            Append(bytes.Span);
            await FlushAsync().ConfigureAwait(false);
            return;
        }

        await FlushAsync().ConfigureAwait(false);
        if (!bytes.IsEmpty)
        {
            IsBroken = true;
            await stream.WriteAsync(bytes).ConfigureAwait(false);
            IsBroken = false;
            Written += bytes.Length;
        }
    }

    /// <summary>Gives the buffer back while there is nothing in it.</summary>
    internal void ReleaseIfEmpty()
    {
        if (_count == 0)
        {
            Release();
        }
    }

    /// <summary>Gives the buffer back with whatever is in it. Only when no write is under way.</summary>
    public void Dispose()
    {
        Clear();
        Release();
    }

    private async ValueTask Awaited(ValueTask pending)
    {
        await pending.ConfigureAwait(false);
        Flushed();
    }

    private void Flushed()
    {
        IsBroken = false;
        Written += _count;
        Clear();
        if (_buffer!.Length > Smallest)
        {
            Release();
        }
    }

    /// <summary>INVARIANT: what was collected is not left behind, neither here nor in the pool: it may hold an injected secret.</summary>
    private void Clear()
    {
        _buffer.AsSpan(0, _count).Clear();
        _count = 0;
    }

    private Span<byte> Room(int size)
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(Smallest, size));
        }
        else if (_buffer.Length - _count < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _count + size));
            _buffer.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = larger;
        }

        return _buffer.AsSpan(_count);
    }

    private void Release()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
