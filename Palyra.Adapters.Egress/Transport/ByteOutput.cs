using System.Buffers;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>Collects bytes in one pooled buffer and writes them to a stream in one piece. The caller flushes before it grows large.</summary>
internal sealed class ByteOutput(Stream stream) : IBufferWriter<byte>, IDisposable
{
    private const int Smallest = 4 * 1024;

    private byte[]? _buffer;
    private int _count;

    /// <summary>Bytes collected and not yet written.</summary>
    internal int Pending => _count;

    /// <summary>Bytes handed to the stream so far.</summary>
    internal long Written { get; private set; }

    /// <summary>Adds bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _count += bytes.Length;
    }

    /// <summary>Adds ASCII text.</summary>
    internal void Append(string ascii)
    {
        var span = GetSpan(ascii.Length);
        _count += System.Text.Encoding.ASCII.GetBytes(ascii, span);
    }

    /// <summary>Adds a number in decimal.</summary>
    internal void Append(long number)
    {
        number.TryFormat(GetSpan(20), out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        _count += written;
    }

    /// <summary>Adds a number in hexadecimal.</summary>
    internal void AppendHex(int number)
    {
        number.TryFormat(GetSpan(8), out var written, "x", System.Globalization.CultureInfo.InvariantCulture);
        _count += written;
    }

    /// <summary>Forgets what was collected.</summary>
    internal void Discard() => _count = 0;

    /// <summary>Writes what was collected and gives the buffer back.</summary>
    internal ValueTask FlushAsync()
    {
        if (_count == 0)
        {
            return default;
        }

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
            await stream.WriteAsync(bytes).ConfigureAwait(false);
            Written += bytes.Length;
        }
    }

    /// <inheritdoc/>
    public void Advance(int count) => _count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(1, sizeHint));
        return _buffer.AsMemory(_count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(1, sizeHint));
        return _buffer.AsSpan(_count);
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
        _count = 0;
        Release();
    }

    private async ValueTask Awaited(ValueTask pending)
    {
        await pending.ConfigureAwait(false);
        Flushed();
    }

    private void Flushed()
    {
        Written += _count;
        _count = 0;
        if (_buffer!.Length > Smallest)
        {
            Release();
        }
    }

    private void Ensure(int size)
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
