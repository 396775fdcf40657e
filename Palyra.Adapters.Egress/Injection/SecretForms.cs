using System.Buffers.Text;
using System.Text;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>
/// What of a header value an origin may send back: the value and the parts that stand for themselves (the token behind an authentication scheme, what
/// <c>Basic</c> encodes, cookie values), escaped in any way (<see cref="EscapedSecret"/>), in base64 at any alignment and in hexadecimal. Other encodings
/// (compression, UTF-16, base64 broken into lines, encryption, one character at a time) cannot be recognised.
/// </summary>
internal static class SecretForms
{
    /// <summary>The shortest part of a secret that is looked for on its own; shorter ones would redact ordinary text.</summary>
    internal const int ShortestPart = 6;

    /// <summary>Removes some header values from an answer.</summary>
    internal static SecretScrubber Scrubber(IEnumerable<byte[]> values)
    {
        var secrets = values.SelectMany(Parts).ToArray();
        return new SecretScrubber(secrets.SelectMany(Encodings).OrderByDescending(form => form.Length), secrets);
    }

    private static List<byte[]> Parts(byte[] header)
    {
        ReadOnlySpan<byte> value = header;
        List<byte[]> parts = [header];
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

    private static List<byte[]> Encodings(byte[] secret)
    {
        List<string> forms = [Convert.ToHexString(secret), Convert.ToHexStringLower(secret)];
        for (var before = 0; before < 3; before++)
        {
            var encoded = Base64At(secret, before);
            if (encoded.Length >= 4)
            {
                forms.Add(encoded);
                forms.Add(encoded.Replace('+', '-').Replace('/', '_'));
            }
        }

        return [.. forms.Distinct(StringComparer.Ordinal).Select(Encoding.Latin1.GetBytes)];
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
}
