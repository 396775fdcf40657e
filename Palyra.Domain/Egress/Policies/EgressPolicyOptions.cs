namespace Palyra.Domain.Egress.Policies;

/// <summary>What a policy is compiled from. As made, it allows nothing: both allowlists are empty.</summary>
public sealed record EgressPolicyOptions
{
    /// <summary>The response budget when none is given: 8 MiB.</summary>
    public const long DefaultMaxResponseBytes = 8 * 1024 * 1024;

    /// <summary>Hosts that may be reached: a DNS name or an IP literal each, compared whole and without regard to case.</summary>
    public IReadOnlyCollection<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Domains that may be reached together with everything below them, on label boundaries; a leading dot is allowed and means nothing.
    /// Never matches an IP literal.
    /// </summary>
    public IReadOnlyCollection<string> AllowedDnsSuffixes { get; init; } = [];

    /// <summary>Whether any host may be reached, whatever the two lists say. Every other check stays.</summary>
    public bool AllowAnyHost { get; init; }

    /// <summary>Ports that may be reached; <see langword="null"/> stands for 80 and 443, an empty list for none.</summary>
    public IReadOnlyCollection<int>? AllowedPorts { get; init; }

    /// <summary>
    /// Methods that may be used, case-sensitive; <see langword="null"/> stands for GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, an empty list for none.
    /// </summary>
    public IReadOnlyCollection<string>? AllowedMethods { get; init; }

    /// <summary>Whether addresses that are not globally reachable may be reached. Platform endpoints, unspecified, multicast and broadcast never are.</summary>
    public bool AllowPrivateTargets { get; init; }

    /// <summary>The bytes that an answer, head and body, or a tunnel may bring in. Zero or less denies every request.</summary>
    public long MaxResponseBytes { get; init; } = DefaultMaxResponseBytes;

    /// <summary>Whether CONNECT tunnels are let through. They still have to begin with a ClientHello for the judged host.</summary>
    public bool AllowTunnels { get; init; } = true;

    /// <summary>Whether a tunnel may carry something else than TLS for the judged host.</summary>
    public bool AllowOpaqueTunnels { get; init; }
}
