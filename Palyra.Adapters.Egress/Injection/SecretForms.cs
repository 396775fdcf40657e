using System.Buffers.Text;
using System.Security.Cryptography;

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
        return new SecretScrubber(secrets.SelectMany(Encodings), secrets);
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

            CryptographicOperations.ZeroMemory(decoded);
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

    /// <summary>INVARIANT: whatever is made of a secret on the way is one of the forms, which the scrubber clears, or is cleared here. Texts could not be.</summary>
    private static List<byte[]> Encodings(byte[] secret)
    {
        List<byte[]> forms = [InHex(secret, "0123456789ABCDEF"u8), InHex(secret, "0123456789abcdef"u8)];
        for (var before = 0; before < 3; before++)
        {
            var encoded = Base64At(secret, before);
            forms.Add(encoded);
            if (encoded.AsSpan().ContainsAny((byte)'+', (byte)'/'))
            {
                var forUrls = encoded.ToArray();
                forUrls.AsSpan().Replace((byte)'+', (byte)'-');
                forUrls.AsSpan().Replace((byte)'/', (byte)'_');
                forms.Add(forUrls);
            }
        }

        return forms;
    }

    private static byte[] InHex(byte[] secret, ReadOnlySpan<byte> digits)
    {
        var hex = new byte[secret.Length * 2];
        for (var i = 0; i < secret.Length; i++)
        {
            hex[2 * i] = digits[secret[i] >> 4];
            hex[(2 * i) + 1] = digits[secret[i] & 15];
        }

        return hex;
    }

    /// <summary>
    /// The characters of base64 that depend on the secret alone when <paramref name="before"/> other bytes precede it in its group of three; none when they
    /// are too few to look for.
    /// </summary>
    private static byte[] Base64At(ReadOnlySpan<byte> secret, int before)
    {
        var padded = new byte[before + secret.Length];
        secret.CopyTo(padded.AsSpan(before));
        var encoded = new byte[Base64.GetMaxEncodedToUtf8Length(padded.Length)];
        Base64.EncodeToUtf8(padded, encoded, out _, out _);
        var first = ((before * 8) + 5) / 6;
        var end = padded.Length * 8 / 6;
        var own = end - first >= 4 ? encoded[first..end] : [];
        CryptographicOperations.ZeroMemory(padded);
        CryptographicOperations.ZeroMemory(encoded);
        return own;
    }
}
