using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>The header names that a proxy itself must understand; everything else is passed on by its bytes.</summary>
internal enum KnownHeader : byte
{
    /// <summary>A name without meaning for the proxy.</summary>
    Other,

    /// <summary><c>Host</c>.</summary>
    Host,

    /// <summary><c>Content-Length</c>.</summary>
    ContentLength,

    /// <summary><c>Transfer-Encoding</c>.</summary>
    TransferEncoding,

    /// <summary><c>Connection</c>.</summary>
    Connection,

    /// <summary><c>Proxy-Authorization</c>.</summary>
    ProxyAuthorization,

    /// <summary>Any other name that belongs to one hop only.</summary>
    HopByHop,

    /// <summary><c>Expect</c>.</summary>
    Expect,

    /// <summary><c>Accept-Encoding</c>.</summary>
    AcceptEncoding,

    /// <summary><c>Content-Encoding</c>.</summary>
    ContentEncoding,

    /// <summary><c>Range</c> or <c>If-Range</c>: asks for a piece of an answer.</summary>
    Range,

    /// <summary><c>Max-Forwards</c>.</summary>
    MaxForwards,
}

/// <summary>Recognises header names, ASCII-case-insensitively.</summary>
internal static class KnownHeaders
{
    /// <summary>What a header name means to the proxy.</summary>
    internal static KnownHeader Recognise(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Is(name, "te"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        4 => Is(name, "host"u8) ? KnownHeader.Host : KnownHeader.Other,
        5 => Is(name, "range"u8) ? KnownHeader.Range : KnownHeader.Other,
        6 => Is(name, "expect"u8) ? KnownHeader.Expect : KnownHeader.Other,
        7 => Is(name, "upgrade"u8) || Is(name, "trailer"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        8 => Is(name, "if-range"u8) ? KnownHeader.Range : KnownHeader.Other,
        10 => Is(name, "connection"u8) ? KnownHeader.Connection : Is(name, "keep-alive"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        12 => Is(name, "max-forwards"u8) ? KnownHeader.MaxForwards : KnownHeader.Other,
        14 => Is(name, "content-length"u8) ? KnownHeader.ContentLength : KnownHeader.Other,
        15 => Is(name, "accept-encoding"u8) ? KnownHeader.AcceptEncoding : Is(name, "x-palyra-reason"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        16 => Is(name, "content-encoding"u8) ? KnownHeader.ContentEncoding
            : Is(name, "proxy-connection"u8) ? KnownHeader.HopByHop
            : KnownHeader.Other,
        17 => Is(name, "transfer-encoding"u8) ? KnownHeader.TransferEncoding : KnownHeader.Other,
        18 => Is(name, "proxy-authenticate"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        19 => Is(name, "proxy-authorization"u8) ? KnownHeader.ProxyAuthorization : KnownHeader.Other,
        25 => Is(name, "proxy-authentication-info"u8) ? KnownHeader.HopByHop : KnownHeader.Other,
        _ => KnownHeader.Other,
    };

    /// <summary>Whether a header never passes from one hop to the next: the connection's own, and framing, which each hop makes anew.</summary>
    internal static bool IsHopByHop(KnownHeader header) => header is KnownHeader.HopByHop
        or KnownHeader.Connection
        or KnownHeader.ProxyAuthorization
        or KnownHeader.TransferEncoding
        or KnownHeader.ContentLength;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(name, lower);
}
