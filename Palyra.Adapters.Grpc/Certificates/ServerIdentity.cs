using System.Net;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>Under which names and addresses the gateway is reached, beside <c>localhost</c>, the loopback addresses and <see cref="CertificateProfile.ServerName"/>.</summary>
public sealed record ServerIdentity
{
    /// <summary>Further DNS names.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Further addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    internal IEnumerable<string> AllNames => new[] { "localhost", CertificateProfile.ServerName }.Concat(Names).Distinct(StringComparer.OrdinalIgnoreCase);

    internal IEnumerable<IPAddress> AllAddresses => new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Concat(Addresses).Distinct();
}
