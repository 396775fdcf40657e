using System.Security.Cryptography.X509Certificates;

namespace Palyra.Adapters.Egress.Client;

/// <summary>How a worker reaches its egress proxy, and what it bounds.</summary>
public sealed record EgressFetchOptions
{
    /// <summary>The proxy as <c>host:port</c>. The worker trusts its gateway for it; it is the only address that is ever dialled.</summary>
    public required string ProxyAuthority { get; init; }

    /// <summary>The lease's egress token, sent as <c>Proxy-Authorization: Bearer</c>; <see langword="null"/> with a client certificate.</summary>
    public string? Token { get; init; }

    /// <summary>The CA that the proxy's certificate has to chain to. <see langword="null"/> speaks without TLS, to a proxy on loopback and to no other.</summary>
    public X509Certificate2? ProxyAuthorityCertificate { get; init; }

    /// <summary>The name that the proxy's certificate has to carry.</summary>
    public string ProxyServerName { get; init; } = "localhost";

    /// <summary>The device's certificate with its key, shown to the proxy; only together with <see cref="ProxyAuthorityCertificate"/>.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>How long one fetch may take. 5 min.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The largest body taken, in bytes. 8 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>The proxy; never the token.</summary>
    public override string ToString() => $"egress through {ProxyAuthority}";
}
