using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// Brings a request before <see cref="EgressDecider"/>: under the session's policy within the fleet's, with the credentials that are bound to its
/// origin, and with one resolution of its name between the two steps.
/// </summary>
internal sealed class Judge(LeaseEgress egress, INameResolver resolver)
{
    private Combined? _combined;

    /// <summary>The policy a session is under now.</summary>
    internal EgressPolicy PolicyOf(EgressSession session)
    {
        var inner = session.Policy;
        if (egress.FleetPolicy is not { } outer)
        {
            return inner;
        }

        // Pooled connections are kept per policy object, so the same pair must give the same object.
        var combined = Volatile.Read(ref _combined);
        if (combined is null || !ReferenceEquals(combined.Outer, outer))
        {
            combined = new Combined(outer);
            Volatile.Write(ref _combined, combined);
        }

        return combined.Of(inner);
    }

    /// <summary>The verdict for a request of a session.</summary>
    internal async ValueTask<EgressVerdict> DecideAsync(EgressSession session, EgressRequest request, CancellationToken cancelled)
    {
        var policy = PolicyOf(session);
        if (!SessionEgressDecider.JudgeTarget(policy, request, session.Bindings).TryGetTarget(out var target, out var denial))
        {
            return denial;
        }

        if (!target.Literal.IsEmpty)
        {
            return EgressDecider.JudgeAddresses(target, default);
        }

        var answer = await resolver.ResolveAsync(target.Host, cancelled).ConfigureAwait(false);
        return answer.Problem is { } problem
            ? EgressDecider.JudgeResolutionFailure(target, problem)
            : EgressDecider.JudgeAddresses(target, answer.Addresses.AsSpan());
    }

    /// <summary>Whether an allowed request would still be allowed under the session's policy of now, to the addresses it was given then.</summary>
    internal EgressVerdict DecideAgain(EgressSession session, EgressRequest request, in EgressVerdict earlier)
    {
        var addresses = earlier.Addresses;
        return SessionEgressDecider.JudgeTarget(PolicyOf(session), request, session.Bindings).TryGetTarget(out var target, out var denial)
            ? EgressDecider.JudgeAddresses(target, addresses.AsSpan())
            : denial;
    }

    private sealed class Combined(EgressPolicy outer)
    {
        private readonly System.Runtime.CompilerServices.ConditionalWeakTable<EgressPolicy, EgressPolicy> _within = [];

        internal EgressPolicy Outer { get; } = outer;

        internal EgressPolicy Of(EgressPolicy inner) => _within.GetValue(inner, policy => policy.Within(Outer));
    }
}
