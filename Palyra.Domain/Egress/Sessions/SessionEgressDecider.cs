using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>Judges a request of a session: with the credentials that are bound to the origin it goes to, and no others. Pure.</summary>
public static class SessionEgressDecider
{
    /// <summary>
    /// The judgement before any name is resolved. A credential bound elsewhere is not a reason to refuse here, since the worker asks for none by name: the
    /// request goes without it.
    /// </summary>
    public static EgressJudgement JudgeTarget(EgressPolicy policy, EgressRequest request, IReadOnlyList<CredentialBinding> bindings)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(bindings);
        var judgement = EgressDecider.JudgeTarget(policy, request);
        return bindings.Count == 0 || !judgement.TryGetTarget(out var target, out _) ? judgement : WithBound(judgement, target, request, bindings);
    }

    private static EgressJudgement WithBound(EgressJudgement judgement, EgressTarget target, EgressRequest request, IReadOnlyList<CredentialBinding> bindings)
    {
        // Whoever gets a tunnel to an origin with credentials speaks to it past their injection: it is refused, whatever scheme they are bound under.
        var bound = bindings.Where(binding => request.IsTunnel ? binding.IsReachedBy(target.Host, target.Port) : binding.IsBoundTo(target)).ToArray();
        return bound.Length == 0 ? judgement : EgressDecider.JudgeTarget(target.Policy, request with { CredentialBindings = bound });
    }
}
