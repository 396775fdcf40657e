using System.Diagnostics;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>How work under a lease reaches the network: through the egress proxy, and no other way.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class EgressAccess
{
    internal EgressAccess(string authority, string token, string? certificateAuthorityPem)
    {
        Authority = authority;
        Token = token;
        CertificateAuthorityPem = certificateAuthorityPem;
    }

    /// <summary>The proxy's host and port.</summary>
    public string Authority { get; }

    /// <summary>For <c>Proxy-Authorization: Bearer</c>. Dies with the lease.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Token { get; }

    /// <summary>The authority that issued the proxy's certificate; <see langword="null"/> when the proxy listens without TLS.</summary>
    public string? CertificateAuthorityPem { get; }

    /// <summary>The proxy, not the token.</summary>
    public override string ToString() => $"egress through {Authority}";
}
