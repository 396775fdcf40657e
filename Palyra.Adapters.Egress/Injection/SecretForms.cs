using System.Buffers.Text;
using System.Text;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>
/// The shapes in which an origin may send a secret back: as it is, percent-encoded, escaped for JSON or HTML, in base64 at any alignment and in
/// hexadecimal; the same for the parts that stand for themselves (the token behind an authentication scheme, what <c>Basic</c> encodes, cookie
/// values). Other encodings (compression, UTF-16, base64 broken into lines, encryption, one character at a time) cannot be recognised.
/// </summary>
internal static class SecretForms
{
    /// <summary>The shortest part of a secret that is looked for on its own; shorter ones would redact ordinary text.</summary>
    private const int ShortestPart = 6;

    /// <summary>All shapes of a header value, without duplicates, longest first.</summary>
    internal static List<byte[]> Of(ReadOnlySpan<byte> value)
    {
        var forms = new HashSet<string>(StringComparer.Ordinal);
        AddEncodings(forms, value);
        foreach (var part in Parts(value))
        {
            AddEncodings(forms, part);
        }

        return [.. forms.OrderByDescending(form => form.Length).Select(Encoding.Latin1.GetBytes)];
    }

    private static List<byte[]> Parts(ReadOnlySpan<byte> value)
    {
        var parts = new List<byte[]>();
        var space = value.IndexOf((byte)' ');
        if (space > 0)
        {
            var token = value[(space + 1)..].Trim((byte)' ');
            AddPart(parts, token);
            var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(token.Length)];
            if (Base64.DecodeFromUtf8(token, decoded, out _, out var written) == System.Buffers.OperationStatus.Done)
            {
                var pair = decoded.AsSpan(0, written);
                AddPart(parts, pair);
                AddPart(parts, pair[(pair.IndexOf((byte)':') + 1)..]);
            }
        }

        foreach (var range in value.Split((byte)';'))
        {
            var cookie = value[range];
            var equals = cookie.IndexOf((byte)'=');
            if (equals >= 0)
            {
                AddPart(parts, cookie[(equals + 1)..].Trim((byte)' '));
            }
        }

        return parts;
    }

    private static void AddPart(List<byte[]> parts, ReadOnlySpan<byte> part)
    {
        if (part.Length >= ShortestPart)
        {
            parts.Add(part.ToArray());
        }
    }

    private static void AddEncodings(HashSet<string> forms, ReadOnlySpan<byte> secret)
    {
        if (secret.IsEmpty)
        {
            return;
        }

        var text = Encoding.Latin1.GetString(secret);
        forms.Add(text);
        forms.Add(Percent(secret, everything: false, upper: true));
        forms.Add(Percent(secret, everything: false, upper: false));
        forms.Add(Percent(secret, everything: true, upper: true));
        forms.Add(Percent(secret, everything: true, upper: false));
        forms.Add(Percent(secret, everything: false, upper: true).Replace("%20", "+", StringComparison.Ordinal));
        var json = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        forms.Add(json);
        forms.Add(json.Replace("/", "\\/", StringComparison.Ordinal));
        forms.Add(UnicodeEscaped(text));
        forms.Add(System.Net.WebUtility.HtmlEncode(text));
        forms.Add(Convert.ToHexString(secret));
        forms.Add(Convert.ToHexStringLower(secret));
        for (var before = 0; before < 3; before++)
        {
            var encoded = Base64At(secret, before);
            if (encoded.Length >= 4)
            {
                forms.Add(encoded);
                forms.Add(encoded.Replace('+', '-').Replace('/', '_'));
            }
        }
    }

    /// <summary>The characters of base64 that depend on the secret alone when <paramref name="before"/> other bytes precede it in its group of three.</summary>
    private static string Base64At(ReadOnlySpan<byte> secret, int before)
    {
        var padded = new byte[before + secret.Length];
        secret.CopyTo(padded.AsSpan(before));
        var first = ((before * 8) + 5) / 6;
        var end = padded.Length * 8 / 6;
        return end > first ? Convert.ToBase64String(padded)[first..end] : "";
    }

    /// <summary>As serialisers that are careful about HTML write JSON: everything but letters, digits and a few marks as <c>\u00XX</c>.</summary>
    private static string UnicodeEscaped(string text)
    {
        var escaped = new StringBuilder(text.Length * 2);
        foreach (var character in text)
        {
            if (character is '"' or '&' or '\'' or '+' or '<' or '>' or '`' or > '~')
            {
                escaped.Append("\\u00").Append(((int)character).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append(character == '\\' ? "\\\\" : character.ToString());
            }
        }

        return escaped.ToString();
    }

    private static string Percent(ReadOnlySpan<byte> secret, bool everything, bool upper)
    {
        var encoded = new StringBuilder(secret.Length * 3);
        foreach (var character in secret)
        {
            if (!everything && (char.IsAsciiLetterOrDigit((char)character) || character is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'))
            {
                encoded.Append((char)character);
            }
            else
            {
                encoded.Append('%').Append(((int)character).ToString(upper ? "X2" : "x2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }
}
