using Palyra.Domain.Egress.Credentials;

namespace Palyra.Domain.Egress;

/// <summary>What somebody asks to send. Holds what was asked for, good or bad; the verdict says which.</summary>
public sealed record EgressRequest
{
    /// <summary>The HTTP method, case-sensitive.</summary>
    public required string Method { get; init; }

    /// <summary>The absolute URL.</summary>
    public required string Url { get; init; }

    /// <summary>The bytes that the answer may have; <see langword="null"/> stands for the policy's budget, which also caps a larger number.</summary>
    public long? MaxResponseBytes { get; init; }

    /// <summary>The credentials to inject, in any order.</summary>
    public IReadOnlyList<CredentialBinding> CredentialBindings { get; init; } = [];

    /// <summary>Whether this asks for a CONNECT tunnel instead of a single request.</summary>
    public bool IsTunnel { get; private init; }

    /// <summary>
    /// A CONNECT request. The authority has to be <c>host:port</c> with the port written out; anything else is judged as a malformed URL.
    /// </summary>
    public static EgressRequest Tunnel(string authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        var portStart = authority.LastIndexOf(':');
        var isAuthority = portStart > 0 && authority.AsSpan().IndexOfAny("/?#@") < 0 && authority[^1] != ']';
        return new EgressRequest { Method = "CONNECT", Url = isAuthority ? $"https://{authority}" : "", IsTunnel = true };
    }
}
