using System.Buffers;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>What has been found so far of a head that is still arriving.</summary>
internal enum HeadScan
{
    /// <summary>A byte that no head may hold, or a head over its limit.</summary>
    Malformed,

    /// <summary>Nothing wrong yet; the blank line has not come.</summary>
    NeedMore,

    /// <summary>The blank line is there; <see cref="HeadScanner.Length"/> says where the head ends.</summary>
    Complete,
}

/// <summary>
/// Finds the end of a head in a growing buffer, refusing at the first byte that cannot be part of one: a bare CR or LF, NUL and every
/// other control character but a tab. Each byte is looked at once, whatever the size of the pieces.
/// </summary>
internal struct HeadScanner
{
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private int _scanned;
    private int _lineStart;

    /// <summary>Bytes of the head with its blank line, once complete.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether the limit, and not a forbidden byte, made the head malformed.</summary>
    internal bool TooLarge { get; private set; }

    /// <summary>Looks at what has been added to the buffer since the last call.</summary>
    internal HeadScan Advance(ReadOnlySpan<byte> buffer, int limit = HttpLimits.HeadBytes)
    {
        while (true)
        {
            var offset = buffer[_scanned..].IndexOfAny(Controls);
            if (offset < 0)
            {
                _scanned = buffer.Length;
                return WithinLimit(buffer.Length, limit);
            }

            var at = _scanned + offset;
            if (buffer[at] != (byte)'\r')
            {
                return HeadScan.Malformed;
            }

            if (at + 1 >= buffer.Length)
            {
                _scanned = at;
                return WithinLimit(buffer.Length, limit);
            }

            if (buffer[at + 1] != (byte)'\n')
            {
                return HeadScan.Malformed;
            }

            _scanned = at + 2;
            if (_scanned > limit)
            {
                return WithinLimit(_scanned, limit);
            }

            if (at == _lineStart)
            {
                Length = _scanned;
                return HeadScan.Complete;
            }

            _lineStart = _scanned;
        }
    }

    private HeadScan WithinLimit(int bytes, int limit)
    {
        TooLarge = bytes >= limit;
        return TooLarge ? HeadScan.Malformed : HeadScan.NeedMore;
    }
}
