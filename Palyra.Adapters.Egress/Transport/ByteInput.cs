using System.Buffers;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>Reads a stream through one pooled buffer that starts small, grows while the peer fills it, and never passes its limit. It is cleared when it goes back.</summary>
internal sealed class ByteInput(Stream stream) : IDisposable
{
    /// <summary>The largest buffer: a whole head fits.</summary>
    internal const int Limit = 32 * 1024;

    private const int Smallest = 4 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _filled;

    /// <summary>The bytes read and not yet consumed.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The bytes read and not yet consumed. Valid until the next read.</summary>
    internal ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start, _end - _start);

    /// <summary>How many bytes are read and not yet consumed.</summary>
    internal int Count => _end - _start;

    /// <summary>Drops bytes from the front.</summary>
    internal void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Reads more bytes behind those that are there.</summary>
    /// <returns>How many came; 0 at the end of the stream.</returns>
    /// <exception cref="InvalidOperationException">The buffer is full to its limit: the caller must bound what it waits for.</exception>
    internal ValueTask<int> ReadAsync()
    {
        MakeRoom();
        var pending = stream.ReadAsync(_buffer.AsMemory(_end));
        return pending.IsCompletedSuccessfully ? new ValueTask<int>(Took(pending.Result)) : Awaited(pending);
    }

    /// <summary>Gives the buffer back while there is nothing in it.</summary>
    internal void ReleaseIfEmpty()
    {
        if (_buffer is { } buffer && _start == _end)
        {
            _buffer = null;
            _start = _end = 0;
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Gives the buffer back with whatever is in it. Only when no read is under way.</summary>
    public void Dispose()
    {
        _start = _end = 0;
        ReleaseIfEmpty();
    }

    private async ValueTask<int> Awaited(ValueTask<int> pending) => Took(await pending.ConfigureAwait(false));

    private int Took(int count)
    {
        _end += count;
        _filled = _end == _buffer!.Length;
        return count;
    }

    private void MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Smallest);
            return;
        }

        if (_start == _end && _filled && _buffer.Length < Limit)
        {
            // The peer sends more than fits: read in larger pieces from now on.
            Replace(Math.Min(Limit, _buffer.Length * 4));
        }
        else if (_end == _buffer.Length && _start > 0)
        {
            Bytes.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        else if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Limit)
            {
                throw new InvalidOperationException("The input buffer is full.");
            }

            Replace(Math.Min(Limit, _buffer.Length * 4));
        }

        _filled = false;
    }

    private void Replace(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer!, clearArray: true);
        _buffer = larger;
        _end -= _start;
        _start = 0;
    }
}
