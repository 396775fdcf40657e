namespace Palyra.Adapters.Egress.Http1;

/// <summary>What a step of the chunked decoder found.</summary>
internal enum ChunkStep
{
    /// <summary>The framing is broken; nothing that follows can be trusted.</summary>
    Malformed,

    /// <summary>All input is used up.</summary>
    NeedMore,

    /// <summary>A piece of the body.</summary>
    Data,

    /// <summary>The last chunk and the trailer section are read.</summary>
    Done,
}

/// <summary>
/// Takes the chunked coding apart (RFC 9112, section 7.1), strictly: sizes are 1 to 15 hexadecimal digits, line ends are CR LF, extensions are
/// read past and dropped within <see cref="HttpLimits.ChunkLineBytes"/>, trailers are kept within <see cref="HttpLimits.TrailerBytes"/>.
/// </summary>
internal struct ChunkedDecoder
{
    private enum State
    {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        Trailers,
        Done,
    }

    private State _state;
    private int _digits;
    private int _lineBytes;
    private long _left;
    private byte[]? _trailers;
    private int _trailerBytes;
    private HeadScanner _trailerScan;

    /// <summary>The trailer section with its blank line, once done. Empty when there was none.</summary>
    internal readonly ReadOnlySpan<byte> Trailers => _trailerBytes > 2 ? _trailers.AsSpan(0, _trailerBytes) : default;

    /// <summary>Reads on.</summary>
    /// <param name="input">Bytes not consumed so far.</param>
    /// <param name="consumed">How many of them are used up by this step, the piece of the body included.</param>
    /// <param name="data">Where the piece of the body lies in the input.</param>
    internal ChunkStep Step(ReadOnlySpan<byte> input, out int consumed, out Range data)
    {
        data = default;
        consumed = 0;
        while (consumed < input.Length)
        {
            var next = input[consumed];
            switch (_state)
            {
                case State.Size:
                    var digit = HexDigit(next);
                    if (digit >= 0)
                    {
                        if (++_digits > 15)
                        {
                            return ChunkStep.Malformed;
                        }

                        _left = (_left << 4) | (uint)digit;
                    }
                    else if (_digits == 0 || next is not ((byte)'\r' or (byte)';'))
                    {
                        return ChunkStep.Malformed;
                    }
                    else
                    {
                        _state = next == '\r' ? State.SizeLineFeed : State.Extension;
                    }

                    consumed++;
                    break;

                case State.Extension:
                    if (next == '\r')
                    {
                        _state = State.SizeLineFeed;
                    }
                    else if (++_lineBytes > HttpLimits.ChunkLineBytes || (next < ' ' && next != '\t') || next == 0x7F)
                    {
                        return ChunkStep.Malformed;
                    }

                    consumed++;
                    break;

                case State.SizeLineFeed:
                    if (next != '\n')
                    {
                        return ChunkStep.Malformed;
                    }

                    _state = _left == 0 ? State.Trailers : State.Data;
                    _digits = 0;
                    _lineBytes = 0;
                    consumed++;
                    break;

                case State.Data:
                    var length = (int)Math.Min(_left, input.Length - consumed);
                    data = consumed..(consumed + length);
                    consumed += length;
                    _left -= length;
                    _state = _left == 0 ? State.DataReturn : State.Data;
                    return ChunkStep.Data;

                case State.DataReturn:
                case State.DataLineFeed:
                    if (next != (_state == State.DataReturn ? '\r' : '\n'))
                    {
                        return ChunkStep.Malformed;
                    }

                    _state = _state == State.DataReturn ? State.DataLineFeed : State.Size;
                    consumed++;
                    break;

                case State.Trailers:
                    return ReadTrailers(input, ref consumed);

                default:
                    return ChunkStep.Done;
            }
        }

        return _state == State.Done ? ChunkStep.Done : ChunkStep.NeedMore;
    }

    private ChunkStep ReadTrailers(ReadOnlySpan<byte> input, ref int consumed)
    {
        if (_trailerBytes == 0 && input[consumed..].StartsWith("\r\n"u8))
        {
            // Almost every body ends without trailers: then nothing is kept.
            consumed += 2;
            _state = State.Done;
            return ChunkStep.Done;
        }

        _trailers ??= new byte[64];
        while (consumed < input.Length)
        {
            if (_trailerBytes == _trailers.Length)
            {
                Array.Resize(ref _trailers, _trailers.Length * 2);
            }

            var piece = input.Slice(consumed, Math.Min(input.Length - consumed, _trailers.Length - _trailerBytes));
            piece.CopyTo(_trailers.AsSpan(_trailerBytes));
            var before = _trailerBytes;
            _trailerBytes += piece.Length;
            switch (_trailerScan.Advance(_trailers.AsSpan(0, _trailerBytes), HttpLimits.TrailerBytes))
            {
                case HeadScan.Complete:
                    _trailerBytes = _trailerScan.Length;
                    consumed += _trailerBytes - before;
                    _state = State.Done;
                    return ChunkStep.Done;
                case HeadScan.Malformed:
                    return ChunkStep.Malformed;
                default:
                    consumed += piece.Length;
                    break;
            }
        }

        return ChunkStep.NeedMore;
    }

    private static int HexDigit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
