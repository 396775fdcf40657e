using System.Buffers;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Domain.Egress.Urls;

/// <summary>A host in the one form in which it is judged, matched and dialled: lower case, no trailing dot, no brackets.</summary>
internal readonly record struct EgressHost(HostForm Form, string Text, InternetAddress Literal)
{
    internal const int MaxLength = 253;
    private const int MaxLabel = 63;

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    internal bool IsUsable => Form is HostForm.Name or HostForm.Literal;

    /// <summary>Reads the host component of a URL: a name, a dotted quad, or an IPv6 address in brackets.</summary>
    internal static EgressHost Read(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return default;
        }

        if (text[0] == '[')
        {
            return text[^1] == ']' && InternetAddress.TryParse(text[1..^1], out var v6) && v6.IsV6
                ? new EgressHost(HostForm.Literal, v6.ToString(), v6)
                : new EgressHost(HostForm.Malformed, "", default);
        }

        if (text[^1] == '.')
        {
            text = text[..^1];
        }

        return text.IsEmpty ? default : ReadName(text);
    }

    /// <summary>Reads an allowlist entry: as <see cref="Read"/>, and an IPv6 address may also stand without brackets.</summary>
    internal static EgressHost ReadEntry(ReadOnlySpan<char> text) => InternetAddress.TryParse(text, out var address)
        ? new EgressHost(HostForm.Literal, address.ToString(), address)
        : Read(text);

    private static EgressHost ReadName(ReadOnlySpan<char> text)
    {
        if (!AreLabels(text, out var lastLabel))
        {
            return new EgressHost(HostForm.Malformed, "", default);
        }

        var folded = Fold(text);
        if (!IsNumber(lastLabel))
        {
            return new EgressHost(HostForm.Name, folded, default);
        }

        return InternetAddress.TryParse(text, out var literal)
            ? new EgressHost(HostForm.Literal, folded, literal)
            : new EgressHost(HostForm.NonCanonicalIp, folded, default);
    }

    private static bool AreLabels(ReadOnlySpan<char> text, out ReadOnlySpan<char> last)
    {
        last = default;
        if (text.Length > MaxLength)
        {
            return false;
        }

        while (true)
        {
            var end = text.IndexOf('.');
            last = end < 0 ? text : text[..end];
            if (last.Length is 0 or > MaxLabel || last.ContainsAnyExcept(LabelCharacters))
            {
                return false;
            }

            if (end < 0)
            {
                return true;
            }

            text = text[(end + 1)..];
        }
    }

    // What inet_aton and browsers take for a number: all digits, or 0x and any hex digits, also none.
    private static bool IsNumber(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9')
        || (label.Length >= 2 && label[0] == '0' && (label[1] | 0x20) == 'x' && IsHex(label[2..]));

    private static bool IsHex(ReadOnlySpan<char> digits)
    {
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return false;
            }
        }

        return true;
    }

    private static string Fold(ReadOnlySpan<char> text) => string.Create(text.Length, text, static (folded, original) =>
    {
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = char.IsAsciiLetterUpper(original[i]) ? (char)(original[i] | 0x20) : original[i];
        }
    });
}
