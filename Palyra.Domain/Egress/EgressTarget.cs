using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress;

/// <summary>A request that passed every check that needs no DNS. What it holds is what is dialled; nothing is read from the URL's text again.</summary>
public sealed class EgressTarget
{
    private readonly EgressUrl _url;
    private readonly EgressRequest _request;

    internal EgressTarget(EgressPolicy policy, EgressRequest request, in EgressUrl url, long budget)
    {
        Policy = policy;
        _request = request;
        _url = url;
        MaxResponseBytes = budget;
        RequestFingerprint = EgressFingerprint.Of(policy, request, url, isUrlRead: true, budget);
    }

    /// <summary>The policy it was judged under.</summary>
    public EgressPolicy Policy { get; }

    /// <summary>The method.</summary>
    public string Method => _request.Method;

    /// <summary>Whether this is a CONNECT tunnel.</summary>
    public bool IsTunnel => _request.IsTunnel;

    /// <summary>The scheme.</summary>
    public EgressScheme Scheme => _url.Scheme;

    /// <summary>The host: lower case, no trailing dot, an IPv6 literal without brackets. The name to send as SNI when it is not a literal.</summary>
    public string Host => _url.Host.Text;

    /// <summary>The port, 1 to 65535.</summary>
    public int Port => _url.Port;

    /// <summary>The address, when the host is a literal: nothing is to be resolved then. The default otherwise.</summary>
    public InternetAddress Literal => _url.Host.Literal;

    /// <summary>Path and query as they were written, beginning with a slash.</summary>
    public string PathAndQuery => _url.PathAndQuery is ['/', ..] ? _url.PathAndQuery.ToString() : string.Concat("/", _url.PathAndQuery);

    /// <summary><c>host</c> or <c>host:port</c> as it stands in a Host header: brackets around an IPv6 literal, the scheme's own port left out.</summary>
    public string Authority
    {
        get
        {
            var host = Literal.IsV6 ? $"[{Host}]" : Host;
            return Port == (Scheme == EgressScheme.Http ? 80 : 443) ? host : FormattableString.Invariant($"{host}:{Port}");
        }
    }

    /// <summary>The bytes that the answer may have.</summary>
    public long MaxResponseBytes { get; }

    /// <summary>The credentials to inject.</summary>
    public IReadOnlyList<CredentialBinding> CredentialBindings => _request.CredentialBindings;

    /// <summary>Names the request in the audit trail.</summary>
    public string RequestFingerprint { get; }

    /// <summary>Method and authority; never the query.</summary>
    public override string ToString() => $"{Method} {Authority}";
}
