using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Domain.Egress;

/// <summary>Whether a request may leave, and where to. The default value denies.</summary>
/// <remarks>INVARIANT: an allowed verdict holds at least one address, and every one of them is one that its policy lets a request reach.</remarks>
public readonly struct EgressVerdict
{
    /// <summary>The reason code of every allowed request.</summary>
    public const string AllowedCode = "egress.allowed";

    private readonly EgressDenial? _denial;
    private readonly ImmutableArray<InternetAddress> _addresses;
    private readonly string? _host;
    private readonly string? _fingerprint;

    private EgressVerdict(EgressTarget target, ImmutableArray<InternetAddress> addresses)
    {
        Target = target;
        _addresses = addresses;
        _host = target.Host;
        _fingerprint = target.RequestFingerprint;
        Port = target.Port;
        Allowed = true;
    }

    private EgressVerdict(EgressDenial denial, string? host, int port, string? fingerprint)
    {
        _denial = denial;
        _host = host;
        _fingerprint = fingerprint;
        Port = port;
    }

    /// <summary>Whether the request may leave.</summary>
    [MemberNotNullWhen(true, nameof(Target))]
    [MemberNotNullWhen(false, nameof(Denial))]
    public bool Allowed { get; }

    /// <summary>Why not; <see langword="null"/> exactly when allowed.</summary>
    public EgressDenial? Denial => Allowed ? null : _denial ?? EgressDenial.Undecided.Instance;

    /// <summary>What may leave; <see langword="null"/> unless allowed.</summary>
    public EgressTarget? Target { get; }

    /// <summary>The check that decided.</summary>
    public EgressCheck Check => Denial?.Check ?? EgressCheck.Passed;

    /// <summary>The stable code: <see cref="AllowedCode"/> or <c>egress.denied.*</c>.</summary>
    public string ReasonCode => Denial?.Code ?? AllowedCode;

    /// <summary>One sentence for a person; never holds a secret.</summary>
    public string Message => Denial?.Detail ?? "Every check passed.";

    /// <summary>Names the request: 64 lower-case hex digits; <see langword="null"/> when there was no request to name.</summary>
    public string? RequestFingerprint => _fingerprint;

    /// <summary>The host as judged; <see langword="null"/> when the URL could not be read that far.</summary>
    public string? Host => _host;

    /// <summary>The port as judged; 0 when the URL could not be read that far or its port is out of range.</summary>
    public int Port { get; }

    /// <summary>The addresses to connect to, and no others; empty unless allowed.</summary>
    public ImmutableArray<InternetAddress> Addresses => _addresses.IsDefault ? [] : _addresses;

    /// <summary>The names of the headers that are to be injected, in lower case, those of optional credentials too; empty unless allowed.</summary>
    public ImmutableArray<string> InjectedHeaderNames =>
        Target is null ? [] : [.. Target.CredentialBindings.Select(binding => binding.HeaderName).Distinct()];

    /// <summary>A denial of a request that was judged so far; also for what is only seen while a request runs.</summary>
    public static EgressVerdict Deny(EgressTarget target, EgressDenial denial)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(denial);
        return new EgressVerdict(denial, target.Host, target.Port, target.RequestFingerprint);
    }

    /// <summary>A denial before there was a request to judge.</summary>
    public static EgressVerdict Deny(EgressDenial denial)
    {
        ArgumentNullException.ThrowIfNull(denial);
        return new EgressVerdict(denial, null, 0, null);
    }

    internal static EgressVerdict Deny(EgressDenial denial, string? host, int port, string fingerprint) => new(denial, host, port, fingerprint);

    internal static EgressVerdict Allow(EgressTarget target, ImmutableArray<InternetAddress> addresses) => new(target, addresses);

    /// <summary>The reason code and the message.</summary>
    public override string ToString() => $"{ReasonCode}: {Message}";
}
