using System.Runtime.CompilerServices;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// Brings a request of a session before <see cref="EgressDecider"/>: under the policy of its tool within the fleet's, with the credentials that are
/// bound to its origin, and with one resolution of its name between the two steps.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class SessionJudge
{
    private readonly LeaseEgress _egress;
    private readonly INameResolver? _resolver;
    private Combined? _combined;

    /// <summary>A judge over these sessions. Without a resolver, a name that passes every other check fails to resolve.</summary>
    public SessionJudge(LeaseEgress egress, INameResolver? resolver)
    {
        ArgumentNullException.ThrowIfNull(egress);
        _egress = egress;
        _resolver = resolver;
    }

    /// <summary>The policy a session is under now: the same object as long as neither its tool's nor the fleet's changes.</summary>
    public EgressPolicy PolicyOf(EgressSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Within(session.Terms.Policy);
    }

    /// <summary>The first step for a request of a session: every check that needs no name resolved.</summary>
    public EgressJudgement JudgeTarget(EgressSession session, EgressRequest request)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(request);
        var terms = session.Terms;
        return SessionEgressDecider.JudgeTarget(Within(terms.Policy), request, terms.Credentials);
    }

    /// <summary>The second step: the verdict for a target that passed the first, with its name resolved once, or not at all if it is an address.</summary>
    public async ValueTask<EgressVerdict> ResolveAsync(EgressTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!target.Literal.IsEmpty)
        {
            return EgressDecider.JudgeAddresses(target, default);
        }

        var answer = _resolver is null
            ? NameAnswer.Failed("This gateway resolves no names.")
            : await _resolver.ResolveAsync(target.Host, cancellationToken).ConfigureAwait(false);
        return answer.Problem is { } problem
            ? EgressDecider.JudgeResolutionFailure(target, problem)
            : EgressDecider.JudgeAddresses(target, answer.Addresses.AsSpan());
    }

    /// <summary>The verdict for a request of a session: both steps at once.</summary>
    public ValueTask<EgressVerdict> DecideAsync(EgressSession session, EgressRequest request, CancellationToken cancellationToken) =>
        JudgeTarget(session, request).TryGetTarget(out var target, out var denial)
            ? ResolveAsync(target, cancellationToken)
            : ValueTask.FromResult(denial);

    /// <summary>
    /// The verdict for a worker that asks before it fetches; the proxy judges again when it does. Refused without a live session of that worker for
    /// that lease.
    /// </summary>
    public async ValueTask<Result<EgressVerdict>> DecideAsync(
        WorkerId worker, LeaseId lease, EgressRequest request, UnixTime now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!_egress.TryAuthorize(worker, now).TryGet(out var session, out var refusal))
        {
            return refusal;
        }

        return session.LeaseId == lease
            ? await DecideAsync(session, request, cancellationToken).ConfigureAwait(false)
            : new EgressSessionRefusal.NoSession();
    }

    /// <summary>Whether an allowed request would still be allowed as things are now, to the addresses it was given then.</summary>
    public EgressVerdict DecideAgain(EgressSession session, EgressRequest request, in EgressVerdict earlier)
    {
        var addresses = earlier.Addresses;
        return JudgeTarget(session, request).TryGetTarget(out var target, out var denial)
            ? EgressDecider.JudgeAddresses(target, addresses.AsSpan())
            : denial;
    }

    private EgressPolicy Within(EgressPolicy inner)
    {
        if (_egress.FleetPolicy is not { } outer)
        {
            return inner;
        }

        // Connections to origins are kept per policy object, so the same pair must give the same object.
        var combined = Volatile.Read(ref _combined);
        while (combined is null || !ReferenceEquals(combined.Outer, outer))
        {
            var fresh = new Combined(outer);
            var held = Interlocked.CompareExchange(ref _combined, fresh, combined);
            combined = ReferenceEquals(held, combined) ? fresh : held;
        }

        return combined.Of(inner);
    }

    private sealed class Combined(EgressPolicy outer)
    {
        private readonly ConditionalWeakTable<EgressPolicy, EgressPolicy> _within = [];

        internal EgressPolicy Outer { get; } = outer;

        internal EgressPolicy Of(EgressPolicy inner) => _within.GetValue(inner, policy => policy.Within(Outer));
    }
}
