using System.Collections.Frozen;
using System.Collections.Immutable;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress.Policies;

/// <summary>What may leave: compiled once, immutable, reused for every request. Its verdicts cost the same with one entry and with ten thousand.</summary>
public sealed class EgressPolicy
{
    private static readonly FrozenSet<int> DefaultPorts = FrozenSet.Create(80, 443);

    private static readonly FrozenSet<string> DefaultMethods =
        FrozenSet.Create(StringComparer.Ordinal, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private readonly HostAllowlist _hosts;
    private readonly FrozenSet<int> _ports;
    private readonly FrozenSet<string> _methods;
    private readonly bool _allowAnyHost;
    private readonly EgressPolicy? _outer;

    private EgressPolicy(EgressPolicyOptions options)
    {
        _hosts = new HostAllowlist(options.AllowedHosts, options.AllowedDnsSuffixes);
        _ports = options.AllowedPorts?.Where(port => port is >= 1 and <= ushort.MaxValue).ToFrozenSet() ?? DefaultPorts;
        _methods = options.AllowedMethods?.Where(method => HttpToken.IsToken(method)).ToFrozenSet(StringComparer.Ordinal) ?? DefaultMethods;
        _allowAnyHost = options.AllowAnyHost;
        AllowPrivateTargets = options.AllowPrivateTargets;
        MaxResponseBytes = options.MaxResponseBytes;
        AllowTunnels = options.AllowTunnels;
        AllowOpaqueTunnels = options.AllowOpaqueTunnels;
        UnusableEntries = _hosts.Unusable;
        HostsDigest = _hosts.HostsDigest;
        SuffixesDigest = _hosts.SuffixesDigest;
    }

    private EgressPolicy(EgressPolicy inner, EgressPolicy outer)
    {
        _hosts = inner._hosts;
        _ports = inner._ports;
        _methods = inner._methods;
        _allowAnyHost = inner._allowAnyHost;
        _outer = inner._outer is null ? outer : inner._outer.Within(outer);
        AllowPrivateTargets = inner.AllowPrivateTargets && outer.AllowPrivateTargets;
        MaxResponseBytes = Math.Min(inner.MaxResponseBytes, outer.MaxResponseBytes);
        AllowTunnels = inner.AllowTunnels && outer.AllowTunnels;
        AllowOpaqueTunnels = inner.AllowOpaqueTunnels && outer.AllowOpaqueTunnels;
        UnusableEntries = [.. inner.UnusableEntries, .. outer.UnusableEntries];
        HostsDigest = EgressFingerprint.DigestOf(inner.HostsDigest, outer.HostsDigest);
        SuffixesDigest = EgressFingerprint.DigestOf(inner.SuffixesDigest, outer.SuffixesDigest);
    }

    /// <summary>The policy that allows nothing.</summary>
    public static EgressPolicy DenyAll { get; } = new(new EgressPolicyOptions());

    /// <summary>Whether addresses that are not globally reachable may be reached.</summary>
    public bool AllowPrivateTargets { get; }

    /// <summary>The largest answer in bytes.</summary>
    public long MaxResponseBytes { get; }

    /// <summary>Whether CONNECT tunnels are let through.</summary>
    public bool AllowTunnels { get; }

    /// <summary>Whether a tunnel may carry something else than TLS for the judged host.</summary>
    public bool AllowOpaqueTunnels { get; }

    /// <summary>Allowlist entries that are no host, no literal and no domain, as given. They match nothing; a host that loads a policy refuses them.</summary>
    public ImmutableArray<string> UnusableEntries { get; }

    internal ImmutableArray<byte> HostsDigest { get; }

    internal ImmutableArray<byte> SuffixesDigest { get; }

    /// <summary>Compiles a policy. Costs time and memory in proportion to its entries, once.</summary>
    public static EgressPolicy Compile(EgressPolicyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new EgressPolicy(options);
    }

    /// <summary>This policy inside another one: only what both allow is allowed, the smaller budget holds.</summary>
    public EgressPolicy Within(EgressPolicy outer)
    {
        ArgumentNullException.ThrowIfNull(outer);
        return new EgressPolicy(this, outer);
    }

    internal bool AllowsHost(string host, InternetAddress literal) =>
        (_allowAnyHost || _hosts.Contains(host, literal)) && (_outer is null || _outer.AllowsHost(host, literal));

    internal bool AllowsPort(int port) => _ports.Contains(port) && (_outer is null || _outer.AllowsPort(port));

    internal bool AllowsMethod(string? method) =>
        method is not null && _methods.Contains(method) && (_outer is null || _outer.AllowsMethod(method));
}
