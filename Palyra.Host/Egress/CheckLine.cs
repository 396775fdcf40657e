using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;

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

    /// <summary>The verdict without asking DNS. A name without given addresses has none, which denies.</summary>
    internal EgressVerdict Judge() => EgressDecider.JudgeTarget(Policy, Request).TryGetTarget(out var target, out var denial)
        ? Judge(target, Resolution)
        : denial;

    /// <summary>The verdict over a target and an answer.</summary>
    internal static EgressVerdict Judge(EgressTarget target, GivenResolution resolution) => resolution.Problem is { } problem
        ? EgressDecider.JudgeResolutionFailure(target, problem)
        : EgressDecider.JudgeAddresses(target, resolution.Addresses);
}
