using Palyra.Domain.Egress.Addresses;

namespace Palyra.Host.Egress;

/// <summary>The answer of DNS as a line gives it: not given, addresses (possibly none), or something that is no answer.</summary>
/// <param name="Addresses">The addresses; <see langword="null"/> when the line says nothing about them.</param>
/// <param name="Problem">Why it is no answer.</param>
internal readonly record struct GivenResolution(InternetAddress[]? Addresses, string? Problem)
{
    /// <summary>
    /// Reads addresses, each in canonical notation, also with a port after it, before which an IPv6 address stands in brackets and nothing else does. A
    /// zone id (RFC 4007) is dropped from a link-local IPv6 address; on any other it makes the answer unusable.
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

    private static bool TryRead(ReadOnlySpan<char> text, out InternetAddress address)
    {
        var host = WithoutPort(text);
        var zone = host.IndexOf('%');
        return InternetAddress.TryParse(zone < 0 ? host : host[..zone], out address)
            && (zone < 0 || (IsLinkLocal(address) && IsZone(host[(zone + 1)..])));
    }

    private static bool IsLinkLocal(InternetAddress address) => address.IsV6 && address.Bits >> 118 == 0xFE80 >> 6;

    private static bool IsZone(ReadOnlySpan<char> text) => !text.IsEmpty && !text.Contains('%') && !text.ContainsAnyExceptInRange('!', '~');

    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> text)
    {
        var bracket = text is ['[', ..] ? text.IndexOf(']') : -1;
        var host = bracket > 0 ? text[1..bracket] : text.Count(':') == 1 ? text[..text.IndexOf(':')] : text;
        var rest = bracket > 0 ? text[(bracket + 1)..] : text[host.Length..];
        var hasPort = rest is [':', ..] && ushort.TryParse(rest[1..], System.Globalization.NumberStyles.None, null, out _);
        return hasPort && host.Contains(':') == (bracket > 0) ? host : text;
    }
}
