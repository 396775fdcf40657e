using Palyra.Domain.Egress.Addresses;

namespace Palyra.Host.Egress;

/// <summary>The answer of DNS as a line gives it: not given, addresses (possibly none), or something that is no answer.</summary>
/// <param name="Addresses">The addresses; <see langword="null"/> when the line says nothing about them.</param>
/// <param name="Problem">Why it is no answer.</param>
internal readonly record struct GivenResolution(InternetAddress[]? Addresses, string? Problem)
{
    /// <summary>
    /// Reads addresses, each in canonical notation, an IPv6 address also in brackets, either also with a port after it. A zone id is dropped from an
    /// address that is local anyway; on a globally reachable one it makes the answer unusable.
    /// </summary>
    internal static GivenResolution From(IReadOnlyList<string> texts)
    {
        var addresses = new InternetAddress[texts.Count];
        for (var i = 0; i < texts.Count; i++)
        {
            if (!TryRead(texts[i], out addresses[i]))
            {
                return new GivenResolution(null, "A resolved address is not an IP address in canonical notation.");
            }
        }

        return new GivenResolution(addresses, null);
    }

    private static bool TryRead(string text, out InternetAddress address)
    {
        if (InternetAddress.TryParse(text, out address))
        {
            return true;
        }

        var host = WithoutPort(text);
        var zone = host.IndexOf('%');
        return InternetAddress.TryParse(zone < 0 ? host : host[..zone], out address)
            && (zone < 0 || !AddressTable.Classify(address).IsGloballyReachable);
    }

    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> text)
    {
        var bracketed = text is ['[', ..];
        var hostEnd = bracketed ? text.IndexOf(']') : text.Count(':') == 1 ? text.IndexOf(':') : text.Length;
        if (hostEnd < 0)
        {
            return text;
        }

        var host = bracketed ? text[1..hostEnd] : text[..hostEnd];
        var rest = text[(bracketed ? hostEnd + 1 : hostEnd)..];
        var isPort = rest.IsEmpty || (rest[0] == ':' && ushort.TryParse(rest[1..], System.Globalization.NumberStyles.None, null, out _));
        return isPort ? host : text;
    }
}
