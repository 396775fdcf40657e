namespace Palyra.Domain.Egress.Urls;

/// <summary>What the text of a host turned out to be.</summary>
internal enum HostForm
{
    /// <summary>No host at all; the zero value.</summary>
    None = 0,

    /// <summary>Malformed.</summary>
    Malformed,

    /// <summary>An IPv4 address in a notation that resolvers read differently.</summary>
    NonCanonicalIp,

    /// <summary>A DNS name.</summary>
    Name,

    /// <summary>An IP literal.</summary>
    Literal,
}
