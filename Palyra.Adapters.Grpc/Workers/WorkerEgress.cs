using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Workers;

/// <summary>Answers a worker that asks before it fetches, by the rules the proxy will apply when it does.</summary>
internal sealed class WorkerEgress(LeaseEgress sessions, INameResolver? names)
{
    /// <summary>The verdict for a worker's live lease. Without a resolver, a name that passes every other check fails to resolve.</summary>
    internal async ValueTask<Result<EgressVerdict>> EvaluateAsync(WorkerId worker, LeaseId lease, EgressRequest request, UnixTime now, CancellationToken cancelled)
    {
        if (!sessions.TryAuthorize(worker, now).TryGet(out var session, out var refusal))
        {
            return refusal;
        }

        if (session.LeaseId != lease)
        {
            return new EgressSessionRefusal.NoSession();
        }

        if (!Judge(session, request).TryGetTarget(out var target, out var denial))
        {
            return denial;
        }

        if (!target.Literal.IsEmpty)
        {
            return EgressDecider.JudgeAddresses(target, default);
        }

        var answer = names is null
            ? NameAnswer.Failed("This gateway resolves no names.")
            : await names.ResolveAsync(target.Host, cancelled).ConfigureAwait(false);
        return answer.Problem is { } problem
            ? EgressDecider.JudgeResolutionFailure(target, problem)
            : EgressDecider.JudgeAddresses(target, answer.Addresses.AsSpan());
    }

    private EgressJudgement Judge(EgressSession session, EgressRequest request)
    {
        var policy = sessions.FleetPolicy is { } outer ? session.Policy.Within(outer) : session.Policy;
        return SessionEgressDecider.JudgeTarget(policy, request, session.Bindings);
    }
}
