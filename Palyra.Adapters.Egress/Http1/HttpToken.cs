using System.Buffers;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>The characters of RFC 9110: tokens, field values, numbers.</summary>
internal static class HttpToken
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x7F - 0x20).Concat(Enumerable.Range(0x80, 0x80)).Select(b => (byte)b), (byte)'\t']);

    /// <summary>Whether this is a token: one or more of the characters that names and methods are made of.</summary>
    internal static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(TokenBytes) < 0;

    /// <summary>Whether a value holds nothing that could end its line: no control character but a tab.</summary>
    internal static bool IsFieldValue(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(ValueBytes) < 0;

    /// <summary>Reads 1 to 18 decimal digits and nothing else: no sign, no list, no white space.</summary>
    internal static bool TryParseLength(ReadOnlySpan<byte> text, out long length)
    {
        length = 0;
        if (text.Length is 0 or > 18)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            length = (length * 10) + (digit - '0');
        }

        return true;
    }
}
