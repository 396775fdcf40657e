using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>The forms of a request target (RFC 9112, section 3.2) that a forward proxy answers.</summary>
internal enum TargetForm
{
    /// <summary>A form that only an origin answers, or none at all.</summary>
    Invalid,

    /// <summary><c>http://host/path</c>: forwarded.</summary>
    Absolute,

    /// <summary><c>host:port</c> of <c>CONNECT</c>: tunnelled.</summary>
    Authority,

    /// <summary><c>*</c> of <c>OPTIONS</c>: meant for the proxy itself, which answers whether it knows the caller.</summary>
    Asterisk,
}

/// <summary>Takes a request target apart only as far as the head's own rules need; the verdict judges the rest.</summary>
internal readonly record struct RequestTarget(TargetForm Form, Range Authority, int DefaultPort)
{
    /// <summary>Recognises a target's form. A fragment is never part of a request (RFC 9110, section 7.1).</summary>
    internal static RequestTarget Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        if (method.SequenceEqual("CONNECT"u8))
        {
            // The target always has its port; a Host without one means that of https, as clients write it who copy it from the URL.
            return IsAuthority(target) ? new RequestTarget(TargetForm.Authority, .., 443) : default;
        }

        if (target is [(byte)'*'])
        {
            return method.SequenceEqual("OPTIONS"u8) ? new RequestTarget(TargetForm.Asterisk, .., 0) : default;
        }

        var scheme = target.IndexOf("://"u8);
        if (scheme <= 0 || target.Contains((byte)'#') || !HttpToken.IsToken(target[..scheme]))
        {
            return default;
        }

        var start = scheme + 3;
        var length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        var defaultPort = Ascii.EqualsIgnoreCase(target[..scheme], "https"u8) ? 443 : 80;
        return new RequestTarget(TargetForm.Absolute, length < 0 ? start.. : start..(start + length), defaultPort);
    }

    /// <summary>
    /// Whether a <c>Host</c> field names the same authority as the target, but for the case of letters and a default port written out or not.
    /// Userinfo in the target is not part of it.
    /// </summary>
    internal bool IsNamedBy(ReadOnlySpan<byte> host, ReadOnlySpan<byte> target)
    {
        var authority = target[Authority];
        authority = authority[(authority.LastIndexOf((byte)'@') + 1)..];
        return Ascii.EqualsIgnoreCase(WithoutDefaultPort(host), WithoutDefaultPort(authority));
    }

    private ReadOnlySpan<byte> WithoutDefaultPort(ReadOnlySpan<byte> authority) => DefaultPort switch
    {
        80 when authority.EndsWith(":80"u8) => authority[..^3],
        443 when authority.EndsWith(":443"u8) => authority[..^4],
        _ => authority,
    };

    /// <summary><c>host:port</c> with both parts present and nothing that belongs to another form.</summary>
    private static bool IsAuthority(ReadOnlySpan<byte> target)
    {
        var colon = target.LastIndexOf((byte)':');
        return colon > 0
            && target.IndexOfAny("/?#@\\"u8) < 0
            && target[(colon + 1)..] is { Length: >= 1 and <= 5 } port
            && port.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && (target[0] == '[' ? target[colon - 1] == ']' : !target[..colon].Contains((byte)':'));
    }
}
