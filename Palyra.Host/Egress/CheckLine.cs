using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Host.Egress;

/// <summary>What one line of <c>egress check --stdin</c> asks.</summary>
internal sealed record CheckLine(EgressPolicyOptions Options, EgressRequest Request, GivenResolution Resolution)
{
    /// <summary>The longest line.</summary>
    internal const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>A policy that holds besides the line's own, e.g. that of the fleet.</summary>
    internal EgressPolicy? Outer { get; init; }

    /// <summary>The line's policy, compiled.</summary>
    internal EgressPolicy Policy => Outer is null ? EgressPolicy.Compile(Options) : EgressPolicy.Compile(Options).Within(Outer);

    /// <summary>The credentials of a tool, of which a request carries those that are bound to its origin.</summary>
    internal IReadOnlyList<CredentialBinding> ToolCredentials { get; init; } = [];

    /// <summary>
    /// What the proxy is asked for by <c>CONNECT</c>: a tunnel to the host and port of a URL, or to <c>host:port</c>. A URL that cannot be read stays as it is, to be
    /// refused as such.
    /// </summary>
    internal static EgressRequest Tunnel(string url)
    {
        var asked = new EgressRequest { Method = "CONNECT", Url = url };
        if (!url.Contains("://", StringComparison.Ordinal))
        {
            return EgressRequest.Tunnel(url);
        }

        var read = EgressDecider.Judge(EgressPolicy.DenyAll, asked, []);
        return read is { Host: { Length: > 0 } host, Port: > 0 }
            ? EgressRequest.Tunnel(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{read.Port}" : $"{host}:{read.Port}")
            : asked;
    }

    /// <summary>The judgement before any name is resolved, as the proxy makes it.</summary>
    internal EgressJudgement JudgeTarget() => SessionEgressDecider.JudgeTarget(Policy, Request, ToolCredentials);

    /// <summary>The verdict without asking DNS. A name without given addresses has none, which denies.</summary>
    internal EgressVerdict Judge() => JudgeTarget().TryGetTarget(out var target, out var denial)
        ? Judge(target, Resolution)
        : denial;

    /// <summary>The verdict over a target and an answer.</summary>
    internal static EgressVerdict Judge(EgressTarget target, GivenResolution resolution) => resolution.Problem is { } problem
        ? EgressDecider.JudgeResolutionFailure(target, problem)
        : EgressDecider.JudgeAddresses(target, resolution.Addresses);
}
