namespace Palyra.Domain.Egress;

/// <summary>The checks of a verdict, in the order in which they are made; the first that fails decides.</summary>
public enum EgressCheck
{
    /// <summary>No check was made: the verdict nobody reached. Denies.</summary>
    None = 0,

    /// <summary>The request could be read at all.</summary>
    Request,

    /// <summary>The response budget is positive.</summary>
    ResponseBudget,

    /// <summary>The URL is absolute, well-formed, short enough and printable ASCII.</summary>
    Url,

    /// <summary>The scheme is <c>http</c> or <c>https</c>.</summary>
    Scheme,

    /// <summary>The URL carries no userinfo.</summary>
    UserInfo,

    /// <summary>There is a host, and it is one.</summary>
    Host,

    /// <summary>The port is allowed.</summary>
    Port,

    /// <summary>The method is allowed.</summary>
    Method,

    /// <summary>The host is no non-canonical IPv4 notation.</summary>
    IpNotation,

    /// <summary>The host is on the allowlist.</summary>
    Allowlist,

    /// <summary>Every credential may be injected, under its header, from its source, to this origin.</summary>
    Credentials,

    /// <summary>The name resolved, in time, to at least one address.</summary>
    Resolution,

    /// <summary>Every address is one that the policy lets a request reach.</summary>
    NetworkIsolation,

    /// <summary>What can only be seen while the request runs: the injected values and the content of a tunnel.</summary>
    Enforcement,

    /// <summary>Every check was passed.</summary>
    Passed,
}
