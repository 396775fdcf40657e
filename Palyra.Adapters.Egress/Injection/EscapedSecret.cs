using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>
/// A secret each of whose bytes may stand as it is or escaped: for a URL (<c>%2b</c>, <c>+</c> for a space), for JSON and scripts (<c>\/</c>,
/// <c>\u002f</c>, <c>\x2f</c>), for HTML (<c>&amp;#43;</c>, <c>&amp;#x2b;</c>, <c>&amp;amp;</c>). Every encoder escapes its own choice of bytes; whichever that is, and in whatever
/// mixture, it is the same secret. What is escaped twice over is not recognised.
/// </summary>
internal sealed class EscapedSecret(byte[] secret) : IDisposable
{
    // The longest escape of one byte that is looked for: a numeric reference with leading zeros, &#0000043;.
    private const int LongestEscape = 10;

    // The ways to read one text that are followed at once. There is more than one only where a byte of the secret is itself a mark of an escape.
    private const int MaxWays = 16;

    private static readonly SearchValues<byte> OfANumber = SearchValues.Create("0123456789abcdefABCDEFxX"u8);

    private static readonly (byte Byte, byte[] Name)[] Named =
    [
        ((byte)'&', "amp"u8.ToArray()), ((byte)'<', "lt"u8.ToArray()), ((byte)'>', "gt"u8.ToArray()), ((byte)'"', "quot"u8.ToArray()),
        ((byte)'\'', "apos"u8.ToArray()), ((byte)'+', "plus"u8.ToArray()), ((byte)'=', "equals"u8.ToArray()), ((byte)'/', "sol"u8.ToArray()),
    ];

    /// <summary>The bytes that it may begin with.</summary>
    internal IEnumerable<byte> FirstBytes => secret[0] == ' ' ? [secret[0], (byte)'+', (byte)'%', (byte)'\\', (byte)'&'] : [secret[0], (byte)'%', (byte)'\\', (byte)'&'];

    /// <summary>How many bytes it takes at the beginning of a text; 0 when it does not stand there.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mayGrow">Set when the text ends before it is certain.</param>
    internal int LengthAt(ReadOnlySpan<byte> text, ref bool mayGrow)
    {
        Span<int> ways = stackalloc int[MaxWays];
        Span<int> next = stackalloc int[MaxWays];
        var count = 1;
        foreach (var expected in secret)
        {
            var found = 0;
            foreach (var at in ways[..count])
            {
                if (at == text.Length)
                {
                    mayGrow = true;
                    continue;
                }

                var rest = text[at..];
                if (rest[0] == expected)
                {
                    Add(next, ref found, at + 1);
                }

                var escape = LengthOfEscape(rest, expected, ref mayGrow);
                if (escape > 0)
                {
                    Add(next, ref found, at + escape);
                }
            }

            if (found == 0)
            {
                return 0;
            }

            count = found;
            var spare = ways;
            ways = next;
            next = spare;
        }

        var longest = 0;
        foreach (var end in ways[..count])
        {
            longest = Math.Max(longest, end);
        }

        return longest;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(secret);

    private static void Add(Span<int> ways, ref int count, int end)
    {
        if (count < ways.Length && !ways[..count].Contains(end))
        {
            ways[count++] = end;
        }
    }

    private static int LengthOfEscape(ReadOnlySpan<byte> text, byte expected, ref bool mayGrow) => text[0] switch
    {
        (byte)'%' => HexAfter(text, 1, 2, expected, ref mayGrow),
        (byte)'+' => expected == ' ' ? 1 : 0,
        (byte)'\\' => AfterBackslash(text, expected, ref mayGrow),
        (byte)'&' => Reference(text, expected, ref mayGrow),
        _ => 0,
    };

    private static int AfterBackslash(ReadOnlySpan<byte> text, byte expected, ref bool mayGrow)
    {
        if (text.Length == 1)
        {
            mayGrow = true;
            return 0;
        }

        return text[1] switch
        {
            (byte)'u' => HexAfter(text, 2, 4, expected, ref mayGrow),
            (byte)'x' => HexAfter(text, 2, 2, expected, ref mayGrow),
            var mark => mark == expected && !char.IsAsciiLetterOrDigit((char)mark) ? 2 : 0,
        };
    }

    private static int HexAfter(ReadOnlySpan<byte> text, int start, int digits, byte expected, ref bool mayGrow)
    {
        var value = 0;
        for (var i = start; i < start + digits; i++)
        {
            if (i == text.Length)
            {
                mayGrow = true;
                return 0;
            }

            if (!char.IsAsciiHexDigit((char)text[i]))
            {
                return 0;
            }

            value = (value << 4) | ValueOf(text[i]);
        }

        return value == expected ? start + digits : 0;
    }

    private static bool MayBecomeReference(ReadOnlySpan<byte> body, byte expected)
    {
        if (body.StartsWith("#"u8))
        {
            return body[1..].IndexOfAnyExcept(OfANumber) < 0;
        }

        foreach (var (character, name) in Named)
        {
            if (character == expected && name.AsSpan().StartsWith(body))
            {
                return true;
            }
        }

        return body.IsEmpty;
    }

    private static int ValueOf(byte digit) => char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static int Reference(ReadOnlySpan<byte> text, byte expected, ref bool mayGrow)
    {
        var end = text[..Math.Min(text.Length, LongestEscape)].IndexOf((byte)';');
        if (end < 0)
        {
            mayGrow |= text.Length < LongestEscape && MayBecomeReference(text[1..], expected);
            return 0;
        }

        var body = text[1..end];
        if (body.StartsWith("#x"u8) || body.StartsWith("#X"u8))
        {
            return Utf8Parser.TryParse(body[2..], out int hex, out var read, 'x') && read == body.Length - 2 && hex == expected ? end + 1 : 0;
        }

        if (body.StartsWith("#"u8))
        {
            return Utf8Parser.TryParse(body[1..], out int number, out var read) && read == body.Length - 1 && number == expected ? end + 1 : 0;
        }

        foreach (var (character, name) in Named)
        {
            if (character == expected && body.SequenceEqual(name))
            {
                return end + 1;
            }
        }

        return 0;
    }
}
