using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>Scheme, host and port that a credential may go to. The default value is no origin.</summary>
public readonly record struct CredentialOrigin
{
    private readonly string? _host;

    private CredentialOrigin(EgressScheme scheme, string host, int port)
    {
        Scheme = scheme;
        _host = host;
        Port = port;
    }

    /// <summary>The scheme.</summary>
    public EgressScheme Scheme { get; }

    /// <summary>The host: lower case, no trailing dot, an IPv6 literal without brackets.</summary>
    public string Host => _host ?? "";

    /// <summary>The port, 1 to 65535.</summary>
    public int Port { get; }

    /// <summary>
    /// Reads <c>[scheme://]host[:port]</c>, a single closing slash allowed. The scheme is <c>https</c> unless written out, the port the scheme's
    /// own. A path, query, fragment, userinfo or wildcard makes it no origin.
    /// </summary>
    public static bool TryParse(string? text, out CredentialOrigin origin)
    {
        origin = default;
        if (string.IsNullOrEmpty(text) || text.Contains('#', StringComparison.Ordinal))
        {
            return false;
        }

        var absolute = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (EgressUrl.Read(absolute, out var url) is not null || !url.Host.IsUsable || url.Port == 0 || url.PathAndQuery is not ("" or "/"))
        {
            return false;
        }

        origin = new CredentialOrigin(url.Scheme, url.Host.Text, url.Port);
        return true;
    }

    /// <summary><c>https://api.example.com:443</c></summary>
    public override string ToString()
    {
        if (_host is null)
        {
            return "";
        }

        var scheme = Scheme == EgressScheme.Http ? "http" : "https";
        var host = _host.Contains(':', StringComparison.Ordinal) ? $"[{_host}]" : _host;
        return FormattableString.Invariant($"{scheme}://{host}:{Port}");
    }
}
