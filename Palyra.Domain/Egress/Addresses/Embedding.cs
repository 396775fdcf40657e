namespace Palyra.Domain.Egress.Addresses;

/// <summary>Where an IPv6 block keeps an IPv4 address that the packet may end up at.</summary>
public enum Embedding
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>In the last 32 bits (mapped, compatible, translated, NAT64 with a /96 prefix).</summary>
    Last32 = 1,

    /// <summary>In the 32 bits after the first 16 (6to4, RFC 3056).</summary>
    After16 = 2,

    /// <summary>The server after the first 32 bits and the client, inverted, in the last 32 (Teredo, RFC 4380).</summary>
    Teredo = 3,
}
