using System.Buffers;
using System.Security.Cryptography;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>
/// Replaces every occurrence of some secrets in a stream by <c>[redacted]</c>, wherever the stream is cut into pieces: byte strings as they are, and
/// secrets in any mixture of escapes. Occurrences that overlap are replaced together. Holds back only what may still become an occurrence;
/// <see cref="Dispose"/> clears everything.
/// </summary>
internal sealed class SecretScrubber : IDisposable
{
    private readonly byte[][] _patterns;
    private readonly EscapedSecret[] _escaped;
    private readonly SearchValues<byte> _firstBytes;
    private byte[] _held = [];
    private int _heldLength;

    /// <summary>How many of the held bytes belong to an occurrence that has been replaced already.</summary>
    private int _covered;

    /// <summary>Looks for these; empty ones are ignored.</summary>
    internal SecretScrubber(IEnumerable<byte[]> patterns, params IEnumerable<byte[]> escaped)
    {
        _patterns = [.. patterns.Where(pattern => pattern.Length > 0)];
        _escaped = [.. escaped.Where(secret => secret.Length > 0).Select(secret => new EscapedSecret(secret))];
        _firstBytes = SearchValues.Create([.. _patterns.Select(pattern => pattern[0]).Concat(_escaped.SelectMany(secret => secret.FirstBytes)).Distinct()]);
    }

    private static ReadOnlySpan<byte> Mark => "[redacted]"u8;

    /// <summary>Takes a piece of the stream and writes what is certain.</summary>
    internal void Feed(ReadOnlySpan<byte> piece, IBufferWriter<byte> output) => Run(piece, output, final: false);

    /// <summary>Ends the stream: writes what was held back. The scrubber is then ready for another stream.</summary>
    internal void Finish(IBufferWriter<byte> output) => Run(default, output, final: true);

    /// <summary>Scrubs a text that is whole.</summary>
    internal void Scrub(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        Feed(text, output);
        Finish(output);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_held);
        foreach (var pattern in _patterns)
        {
            CryptographicOperations.ZeroMemory(pattern);
        }

        Array.ForEach(_escaped, secret => secret.Dispose());
    }

    private void Run(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, bool final)
    {
        if (_heldLength == 0)
        {
            Scan(piece, output, final);
            return;
        }

        var joined = ArrayPool<byte>.Shared.Rent(_heldLength + piece.Length);
        try
        {
            _held.AsSpan(0, _heldLength).CopyTo(joined);
            piece.CopyTo(joined.AsSpan(_heldLength));
            var length = _heldLength + piece.Length;
            _heldLength = 0;
            Scan(joined.AsSpan(0, length), output, final);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined, clearArray: true);
        }
    }

    private void Scan(ReadOnlySpan<byte> text, IBufferWriter<byte> output, bool final)
    {
        // INVARIANT: bytes before `written` are written or replaced; those before `covered` lie in a replaced occurrence.
        var covered = _covered;
        var written = covered;
        _covered = 0;
        var position = 0;
        while (position < text.Length)
        {
            var skip = text[position..].IndexOfAny(_firstBytes);
            if (skip < 0)
            {
                break;
            }

            position += skip;
            var match = LongestAt(text[position..], out var mayGrow);
            if (mayGrow && !final)
            {
                Write(text, written, position, output);
                Hold(text[position..], Math.Max(0, covered - position));
                return;
            }

            if (match > 0 && position + match > covered)
            {
                if (position >= covered)
                {
                    Write(text, written, position, output);
                    output.Write(Mark);
                }

                covered = position + match;
                written = covered;
            }

            position++;
        }

        Write(text, written, text.Length, output);
    }

    private static void Write(ReadOnlySpan<byte> text, int from, int to, IBufferWriter<byte> output)
    {
        if (to > from)
        {
            output.Write(text[from..to]);
        }
    }

    private int LongestAt(ReadOnlySpan<byte> text, out bool mayGrow)
    {
        var longest = 0;
        mayGrow = false;
        foreach (var pattern in _patterns)
        {
            if (text.Length >= pattern.Length)
            {
                if (pattern.Length > longest && text.StartsWith(pattern))
                {
                    longest = pattern.Length;
                }
            }
            else if (pattern.AsSpan().StartsWith(text))
            {
                mayGrow = true;
            }
        }

        foreach (var secret in _escaped)
        {
            longest = Math.Max(longest, secret.LengthAt(text, ref mayGrow));
        }

        return longest;
    }

    private void Hold(ReadOnlySpan<byte> text, int covered)
    {
        if (_held.Length < text.Length)
        {
            CryptographicOperations.ZeroMemory(_held);
            _held = new byte[text.Length];
        }

        text.CopyTo(_held);
        _heldLength = text.Length;
        _covered = Math.Min(covered, text.Length);
    }
}
