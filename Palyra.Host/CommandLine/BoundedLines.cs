namespace Palyra.Host.CommandLine;

/// <summary>Lines of bytes from a stream, each at most so long. What is longer is skipped to its end and reported, never kept.</summary>
internal sealed class BoundedLines(Stream input, int maxBytes)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Whether another whole line is at hand without reading from the stream.</summary>
    internal bool HasLineAtHand => _buffer.AsSpan(_start, _end - _start).Contains((byte)'\n');

    /// <summary>The next line without its end (LF or CRLF); <see cref="Line.TooLong"/> for one beyond the limit; <see langword="null"/> at the end.</summary>
    internal async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var tooLong = false;
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                return Take(at, 1, tooLong);
            }

            if (_ended)
            {
                return _end > _start || tooLong ? Take(_end - _start, 0, tooLong) : null;
            }

            if (_end - _start > maxBytes)
            {
                tooLong = true;
                _start = _end = 0;
            }

            MakeRoom();
            var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _ended = read == 0;
            _end += read;
        }
    }

    private Line Take(int length, int lineEnd, bool tooLong)
    {
        var bytes = _buffer.AsMemory(_start, length);
        _start += length + lineEnd;
        if (bytes.Span is [.., (byte)'\r'])
        {
            bytes = bytes[..^1];
        }

        return tooLong || bytes.Length > maxBytes ? new Line(default, TooLong: true) : new Line(bytes, TooLong: false);
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }

    /// <summary>One line; its bytes are good until the next read.</summary>
    internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool TooLong);
}
