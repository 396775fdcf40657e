using System.Globalization;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Domain.Egress.Urls;

/// <summary>
/// An http or https URL, read strictly and component by component. What this type holds is what is judged, and nothing else of the text
/// is ever dialled: scheme, host and port as values, path and query as they were written, the fragment dropped.
/// </summary>
/// <remarks>
/// Own reading of RFC 3986 instead of <see cref="Uri"/>: that one maps full-width digits to loopback, reads <c>//evil</c> as a file,
/// keeps or drops zone ids, and takes <c>http://[::1].example.com/</c> for a literal. Here a character outside printable ASCII, a
/// backslash, a malformed percent-encoding, an empty port or anything around brackets is refused.
/// </remarks>
internal readonly struct EgressUrl
{
    internal const int MaxLength = 8192;

    private readonly string _text;
    private readonly int _pathStart;
    private readonly int _pathLength;

    private EgressUrl(string text, EgressScheme scheme, EgressHost host, int port, int pathStart, int pathLength)
    {
        _text = text;
        Scheme = scheme;
        Host = host;
        Port = port;
        _pathStart = pathStart;
        _pathLength = pathLength;
    }

    internal EgressScheme Scheme { get; }

    internal EgressHost Host { get; }

    /// <summary>1 to 65535, or 0 for a number out of range, which no policy allows.</summary>
    internal int Port { get; }

    /// <summary>Path and query as written; may lack the leading slash when there is only a query, and may be empty.</summary>
    internal ReadOnlySpan<char> PathAndQuery => _text.AsSpan(_pathStart, _pathLength);

    /// <summary>Reads a URL; the checks from URL to host, in order.</summary>
    /// <returns>The denial of the first check that fails, or <see langword="null"/>.</returns>
    internal static EgressDenial? Read(string? text, out EgressUrl url)
    {
        url = default;
        if (text is null || text.Length is 0 or > MaxLength)
        {
            return new EgressDenial.InvalidUrl($"The URL is missing or longer than {MaxLength} characters.");
        }

        if (text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.Contains('\\', StringComparison.Ordinal))
        {
            return new EgressDenial.InvalidUrl("The URL holds a backslash or a character outside printable ASCII.");
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !IsScheme(text.AsSpan(0, colon)))
        {
            return new EgressDenial.InvalidUrl("The URL is not absolute: it does not begin with a scheme.");
        }

        var scheme = SchemeOf(text.AsSpan(0, colon));
        return scheme == EgressScheme.None ? JudgeOtherScheme(text.AsSpan(colon + 1)) : ReadHierarchy(text, scheme, colon + 1, out url);
    }

    // A URL that is malformed under any scheme is malformed before its scheme is looked at.
    private static EgressDenial JudgeOtherScheme(ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith("//"))
        {
            return new EgressDenial.UnsupportedScheme();
        }

        var authority = AuthorityOf(rest[2..], out _);
        return TrySplitPort(authority[(authority.LastIndexOf('@') + 1)..], EgressScheme.None, out _, out _)
            ? new EgressDenial.UnsupportedScheme()
            : MalformedPort();
    }

    private static ReadOnlySpan<char> AuthorityOf(ReadOnlySpan<char> rest, out ReadOnlySpan<char> tail)
    {
        var length = rest.IndexOfAny('/', '?', '#');
        tail = length < 0 ? default : rest[length..];
        return length < 0 ? rest : rest[..length];
    }

    private static EgressDenial.InvalidUrl MalformedPort() =>
        new("The URL's port is not a decimal number, or there is more than a port after its brackets.");

    private static EgressDenial? ReadHierarchy(string text, EgressScheme scheme, int start, out EgressUrl url)
    {
        url = default;
        var rest = text.AsSpan(start);
        if (!rest.StartsWith("//"))
        {
            return new EgressDenial.InvalidUrl("The URL has no // after its scheme.");
        }

        var authority = AuthorityOf(rest[2..], out var tail);
        if (!ArePercentEncodingsValid(tail))
        {
            return new EgressDenial.InvalidUrl("The URL holds a % that is not followed by two hex digits.");
        }

        var userInfo = authority.LastIndexOf('@');
        if (!TrySplitPort(authority[(userInfo + 1)..], scheme, out var hostText, out var port))
        {
            return MalformedPort();
        }

        if (userInfo >= 0)
        {
            return new EgressDenial.UrlCredentials();
        }

        var host = EgressHost.Read(hostText);
        switch (host.Form)
        {
            case HostForm.None:
                return new EgressDenial.MissingHost();
            case HostForm.Malformed:
                return new EgressDenial.InvalidUrl(
                    "The host is neither a DNS name (labels of 1 to 63 letters, digits, - and _, 253 in all) nor an IP literal without zone id.",
                    EgressCheck.Host);
            default:
                break;
        }

        var fragment = tail.IndexOf('#');
        var path = fragment < 0 ? tail : tail[..fragment];
        url = new EgressUrl(text, scheme, host, port, text.Length - tail.Length, path.Length);
        return null;
    }

    private static bool TrySplitPort(ReadOnlySpan<char> text, EgressScheme scheme, out ReadOnlySpan<char> host, out int port)
    {
        host = text;
        port = scheme == EgressScheme.Http ? 80 : 443;
        var hostEnd = text.StartsWith("[") ? text.IndexOf(']') + 1 : text.LastIndexOf(':');
        if (text.StartsWith("["))
        {
            if (hostEnd == 0)
            {
                return false;
            }
        }
        else if (hostEnd < 0)
        {
            return true;
        }

        host = text[..hostEnd];
        var rest = text[hostEnd..];
        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest[0] != ':' || rest.Length == 1 || rest[1..].ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        port = PortOf(rest[1..]);
        return true;
    }

    // A leading zero is no canonical port, so it counts as out of range rather than as the number some reader takes it for.
    private static int PortOf(ReadOnlySpan<char> digits) =>
        digits[0] != '0' && digits.Length <= 5
        && int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) is var number and <= ushort.MaxValue
            ? number
            : 0;

    private static bool ArePercentEncodingsValid(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var percent = text.IndexOf('%');
            if (percent < 0)
            {
                return true;
            }

            text = text[(percent + 1)..];
            if (text.Length < 2 || !char.IsAsciiHexDigit(text[0]) || !char.IsAsciiHexDigit(text[1]))
            {
                return false;
            }
        }
    }

    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0]))
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static EgressScheme SchemeOf(ReadOnlySpan<char> text) =>
        text.Equals("https", StringComparison.OrdinalIgnoreCase) ? EgressScheme.Https
        : text.Equals("http", StringComparison.OrdinalIgnoreCase) ? EgressScheme.Http
        : EgressScheme.None;
}
