namespace Palyra.Domain.Egress.Urls;

/// <summary>The schemes that leave through the proxy.</summary>
public enum EgressScheme
{
    /// <summary>None; the zero value.</summary>
    None = 0,

    /// <summary><c>http</c>, port 80 unless the URL names one.</summary>
    Http = 1,

    /// <summary><c>https</c>, port 443 unless the URL names one.</summary>
    Https = 2,
}
