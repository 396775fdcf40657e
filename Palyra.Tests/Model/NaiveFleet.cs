using System.Collections.Immutable;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Model;

/// <summary>The ledger as one would first write it: a sorted map, linear scans, no index; and immutable, so that histories can branch.</summary>
public sealed record NaiveFleet(CompiledFleetPolicy Policy)
{
    private ImmutableSortedDictionary<string, WorkerRecord> Map { get; init; } = ImmutableSortedDictionary.Create<string, WorkerRecord>(StringComparer.Ordinal);

    public ImmutableDictionary<WorkerId, UnixTime> Failed { get; init; } = ImmutableDictionary<WorkerId, UnixTime>.Empty;

    public ImmutableDictionary<GrantId, UnixTime> HeldUntil { get; init; } = ImmutableDictionary<GrantId, UnixTime>.Empty;

    public ImmutableStack<WorkerLifecycleEvent> Events { get; init; } = [];

    public ulong Token { get; init; }

    public IEnumerable<WorkerRecord> Workers => Map.Values;

    public IEnumerable<WorkerLifecycleEvent> RecentEvents => Events.Take(64);

    public readonly record struct Step(NaiveFleet After, string Answer, bool IsAccepted);

    public WorkerFleetSnapshot Snapshot() => new()
    {
        Registered = Map.Count,
        Attested = Count(worker => worker.Attestation.EgressProxyAttested && worker.State != WorkerState.Quarantined),
        ActiveLeases = Count(worker => worker.Lease is not null),
        Available = Count(worker => worker.Lease is null && worker.State is WorkerState.Registered or WorkerState.Available or WorkerState.Completed),
        Busy = Count(worker => worker.Lease is not null),
        Degraded = Count(worker => worker.State is WorkerState.Degraded or WorkerState.Quarantined or WorkerState.Orphaned),
        Draining = Count(worker => worker.State == WorkerState.Draining),
        Offline = Count(worker => worker.State == WorkerState.Offline),
        Orphaned = Count(worker => worker.State == WorkerState.Orphaned),
        FailedClosed = Count(worker => worker.State == WorkerState.Quarantined),
    };

    public Step Do(FleetAct act) => act switch
    {
        FleetAct.Register a => Apply(Find(a.Attestation.WorkerId), WorkerDecider.Register(
            a.Attestation, Find(a.Attestation.WorkerId), new RegistrationFacts(Failed.TryGetValue(a.Attestation.WorkerId, out var at) ? at : null, Map.Count >= Policy.Options.MaxWorkers), Policy, a.Now)),
        FleetAct.Reattest a => AttestationDecider.CheckAdmission(a.Attestation, Policy, a.Now) is { } refusal
            ? new Step(this, refusal.Code, false)
            : Of(a.Attestation.WorkerId, worker => WorkerDecider.Reattest(worker, a.Attestation, Policy, a.Now)),
        FleetAct.Heartbeat a => Of(a.Worker, worker => WorkerDecider.Heartbeat(worker, a.Health, Policy, a.Now)),
        FleetAct.Assign a => Assign(a),
        FleetAct.AssignNext a => AssignNext(a),
        FleetAct.Renew a => Of(a.Worker, worker => LeaseDecider.Renew(worker, a.Lease, a.TtlMs, Policy, a.Now)),
        FleetAct.Start a => Of(a.Worker, worker => LeaseDecider.Start(worker, a.Lease, a.Now)),
        FleetAct.Complete a => Of(a.Worker, worker => LeaseDecider.Complete(worker, a.Lease, a.Report, a.Now)),
        FleetAct.Revoke a => Of(a.Worker, worker => LeaseDecider.Revoke(worker, a.Lease, a.Reason, a.Now)),
        FleetAct.Quarantine a => Of(a.Worker, worker => WorkerDecider.Quarantine(worker, a.Reason, a.Now)),
        FleetAct.Drain a => Of(a.Worker, worker => WorkerDecider.Drain(worker, a.Reason, a.Now)),
        FleetAct.Resume a => Of(a.Worker, worker => WorkerDecider.Resume(worker, a.Now)),
        FleetAct.Reverify a => Of(a.Worker, worker => WorkerDecider.Reverify(worker, Policy, a.Now)),
        FleetAct.ForceCleanup a => Of(a.Worker, worker => WorkerDecider.ForceCleanup(worker, a.Report, a.Now)),
        FleetAct.Deregister a => Of(a.Worker, worker => WorkerDecider.Deregister(worker, a.Now)),
        FleetAct.QuarantineAll a => Sweep(worker => WorkerDecider.QuarantineOfAll(worker, a.Reason, a.Now)),
        FleetAct.Reap a => Sweep(worker => WorkerDecider.Reap(worker, a.Now)),
        FleetAct.MarkStale a => Sweep(worker => WorkerDecider.MarkStale(worker, Policy, a.Now)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public WorkerRecord? Find(WorkerId id) =>
        Map.TryGetValue(id.ToString(), out var worker) ? worker : Map.Values.FirstOrDefault(other => other.WorkerId == id);

    private Step Assign(FleetAct.Assign act) => Find(act.Worker) is null && LeaseRequestDecider.Check(act.Request, Policy, act.Now) is { } refusal
        ? new Step(this, refusal.Code, false)
        : Of(act.Worker, worker => Lease(worker, act.Request, act.Lease, act.Now));

    private Step AssignNext(FleetAct.AssignNext act)
    {
        if (LeaseRequestDecider.Check(act.Request, Policy, act.Now) is { } refusal)
        {
            return new Step(this, refusal.Code, false);
        }

        var fitting = Map.Values.Where(worker => Fits(worker, act.Request, act.Now)).ToArray();
        return (fitting.FirstOrDefault(worker => worker.State != WorkerState.Degraded) ?? fitting.FirstOrDefault()) is { } chosen
            ? Apply(chosen, Lease(chosen, act.Request, act.Lease, act.Now))
            : new Step(this, "NoAvailableWorker", false);
    }

    // Everything that an assignment asks of the worker; the request was judged before.
    private bool Fits(WorkerRecord worker, LeaseRequest request, UnixTime now)
    {
        var at = UnixTime.Max(now, worker.LastActAt);
        return worker.State.IsAssignable() && worker.HeartbeatIsFresh(Policy, at) && AttestationDecider.Check(worker.Attestation, Policy, at) is null
            && Policy.Covers(worker.Attestation, request.RequiredCapabilities);
    }

    private WorkerDecision Lease(WorkerRecord worker, LeaseRequest request, LeaseId id, UnixTime now)
    {
        var used = HeldUntil.TryGetValue(request.Grant.GrantId, out var until) && until >= now;
        return LeaseDecider.Assign(worker, request, new LeaseFacts(id, Token + 1, used), Policy, now);
    }

    private Step Of(WorkerId id, Func<WorkerRecord, WorkerDecision> decide) => Find(id) is { } worker ? Apply(worker, decide(worker)) : new Step(this, "UnknownWorker", false);

    private Step Sweep(Func<WorkerRecord, WorkerDecision> decide)
    {
        var (fleet, answers) = (this, new List<string>());
        foreach (var (worker, decision) in Map.Values.Select(worker => (worker, decide(worker))).Where(pair => pair.Item2.IsAccepted))
        {
            fleet = fleet.Apply(worker, decision).After;
            answers.Add(FleetAct.Tell(decision.Event));
        }

        return new Step(fleet, string.Join("; ", answers), true);
    }

    private Step Apply(WorkerRecord? before, in WorkerDecision decision)
    {
        var swept = decision.Sweep.IsNone ? Events : Events.Push(decision.Sweep);
        var fleet = this with { Events = decision.IsRepeat || decision.Event.IsNone ? swept : swept.Push(decision.Event) };
        fleet = ReferenceEquals(before, decision.Next) ? this : decision.Next is { } next ? fleet.Keep(before, next)
            : before is not null && decision.Departed is { } last ? fleet.Keep(before, last) with { Map = fleet.Map.Remove(before.WorkerId.ToString()) }
            : fleet;
        var answer = !decision.IsAccepted ? decision.Refusal!.Code
            : decision.Event.IsNone || decision.Event.ReasonCode == WorkerReason.Assigned ? FleetAct.Tell(decision.Next!.Lease)
            : FleetAct.Tell(decision.Event);
        return new Step(fleet, answer, decision.IsAccepted);
    }

    private NaiveFleet Keep(WorkerRecord? before, WorkerRecord next)
    {
        var fleet = this with { Map = Map.SetItem(next.WorkerId.ToString(), next), Token = Math.Max(Token, next.Lease?.FencingToken ?? 0) };
        fleet = next.FailedClosedAt is { } failed ? fleet with { Failed = fleet.Failed.SetItem(next.WorkerId, failed) } : fleet;
        if ((next.Lease ?? before?.Lease) is not { } lease)
        {
            return fleet;
        }

        var end = next.Lease is null ? UnixTime.Min(lease.ExpiresAt, next.LastActAt) : lease.ExpiresAt;
        return fleet with { HeldUntil = fleet.HeldUntil.SetItem(lease.Grant.GrantId, end.AddMilliseconds(Policy.Options.MaxTtlMs)) };
    }

    private int Count(Func<WorkerRecord, bool> holds) => Map.Values.Count(holds);
}
