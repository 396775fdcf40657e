using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Tests.Model;

/// <summary>The ledger as one would first write it: a sorted map, linear scans, no index. What the real one has to equal.</summary>
public sealed class NaiveFleet(WorkerFleetPolicy policy)
{
    private readonly CompiledFleetPolicy _policy = CompiledFleetPolicy.Compile(policy);
    private readonly SortedDictionary<string, WorkerRecord> _workers = new(StringComparer.Ordinal);
    private readonly List<WorkerLifecycleEvent> _events = [];
    private readonly Dictionary<WorkerId, UnixTime> _failed = [];
    private readonly Dictionary<GrantId, UnixTime> _heldUntil = [];
    private UnixTime _latest = UnixTime.MinValue;
    private ulong _token;

    public IEnumerable<WorkerRecord> Workers => _workers.Values;

    public IEnumerable<WorkerLifecycleEvent> RecentEvents => Enumerable.Reverse(_events).Take(64);

    public WorkerFleetSnapshot Snapshot() => new()
    {
        Registered = _workers.Count,
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

    public string Do(FleetAct act) => act switch
    {
        FleetAct.Register a => Decide(Find(a.Attestation.WorkerId), worker => WorkerDecider.Register(
            a.Attestation, worker, new RegistrationFacts(Failed(a.Attestation.WorkerId), _workers.Count >= policy.MaxWorkers), _policy, a.Now)),
        FleetAct.Reattest a => AttestationDecider.CheckAdmission(a.Attestation, _policy, a.Now) is { } refusal
            ? refusal.Code
            : Of(a.Attestation.WorkerId, worker => WorkerDecider.Reattest(worker, a.Attestation, _policy, a.Now)),
        FleetAct.Heartbeat a => Of(a.Worker, worker => WorkerDecider.Heartbeat(worker, a.Health, _policy, a.Now)),
        FleetAct.Assign a => Find(a.Worker) is null && LeaseRequestDecider.Check(a.Request, _policy, a.Now) is { } refusal
            ? refusal.Code
            : Of(a.Worker, worker => Lease(worker, a.Request, a.Lease, a.Now)),
        FleetAct.AssignNext a => AssignNext(a),
        FleetAct.Renew a => Of(a.Worker, worker => LeaseDecider.Renew(worker, a.Lease, a.TtlMs, _policy, a.Now)),
        FleetAct.Start a => Of(a.Worker, worker => LeaseDecider.Start(worker, a.Lease, a.Now)),
        FleetAct.Complete a => Of(a.Worker, worker => LeaseDecider.Complete(worker, a.Lease, a.Report, a.Now)),
        FleetAct.Revoke a => Of(a.Worker, worker => LeaseDecider.Revoke(worker, a.Lease, a.Reason, a.Now)),
        FleetAct.Quarantine a => Of(a.Worker, worker => WorkerDecider.Quarantine(worker, a.Reason, a.Now)),
        FleetAct.Drain a => Of(a.Worker, worker => WorkerDecider.Drain(worker, a.Reason, a.Now)),
        FleetAct.Resume a => Of(a.Worker, worker => WorkerDecider.Resume(worker, a.Now)),
        FleetAct.Reverify a => Of(a.Worker, worker => WorkerDecider.Reverify(worker, _policy, a.Now)),
        FleetAct.ForceCleanup a => Of(a.Worker, worker => WorkerDecider.ForceCleanup(worker, a.Report, a.Now)),
        FleetAct.Deregister a => Of(a.Worker, worker => WorkerDecider.Deregister(worker, a.Now)),
        FleetAct.QuarantineAll a => Sweep(worker => WorkerDecider.QuarantineOfAll(worker, a.Reason, a.Now)),
        FleetAct.Reap a => Sweep(worker => WorkerDecider.Reap(worker, a.Now)),
        FleetAct.MarkStale a => Sweep(worker => WorkerDecider.MarkStale(worker, _policy, a.Now)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private string AssignNext(FleetAct.AssignNext act)
    {
        if (LeaseRequestDecider.Check(act.Request, _policy, act.Now) is { } refusal)
        {
            return refusal.Code;
        }

        var fitting = _workers.Values.Where(worker => Fits(worker, act.Request, act.Now)).ToArray();
        return (fitting.FirstOrDefault(worker => worker.State != WorkerState.Degraded) ?? fitting.FirstOrDefault()) is { } chosen
            ? Decide(chosen, worker => Lease(worker!, act.Request, act.Lease, act.Now))
            : "NoAvailableWorker";
    }

    // Everything that an assignment asks of the worker; the request was judged before.
    private bool Fits(WorkerRecord worker, LeaseRequest request, UnixTime now)
    {
        var at = UnixTime.Max(now, worker.LastActAt);
        return worker.State.IsAssignable() && worker.HeartbeatIsFresh(_policy, at) && AttestationDecider.Check(worker.Attestation, _policy, at) is null
            && _policy.Covers(worker.Attestation, request.RequiredCapabilities);
    }

    private WorkerDecision Lease(WorkerRecord worker, LeaseRequest request, LeaseId id, UnixTime now)
    {
        _latest = UnixTime.Max(_latest, now);
        var used = _heldUntil.TryGetValue(request.Grant.GrantId, out var until) && until >= _latest;
        return LeaseDecider.Assign(worker, request, new LeaseFacts(id, _token + 1, used), _policy, now);
    }

    private string Of(WorkerId id, Func<WorkerRecord, WorkerDecision> decide) =>
        Find(id) is { } worker ? Decide(worker, found => decide(found!)) : "UnknownWorker";

    private string Sweep(Func<WorkerRecord, WorkerDecision> decide) =>
        FleetAct.Tell([.. _workers.Values.ToArray().Select(worker => (worker, decide(worker))).Where(pair => pair.Item2.IsAccepted).Select(pair => Apply(pair.worker, pair.Item2).Event)]);

    private string Decide(WorkerRecord? worker, Func<WorkerRecord?, WorkerDecision> decide)
    {
        var decision = Apply(worker, decide(worker));
        return !decision.IsAccepted ? decision.Refusal!.Code : decision.Event.IsNone || decision.Event.ReasonCode == WorkerReason.Assigned
            ? FleetAct.Tell(decision.Next!.Lease)
            : FleetAct.Tell(decision.Event);
    }

    private WorkerDecision Apply(WorkerRecord? before, in WorkerDecision decision)
    {
        if (before is not null && (decision.Next is not null || decision.IsAccepted))
        {
            _workers.Remove(before.WorkerId.ToString());
        }

        if (decision.Next is { } next)
        {
            _workers[next.WorkerId.ToString()] = next;
            _token = Math.Max(_token, next.Lease?.FencingToken ?? 0);
            if (next.FailedClosedAt is { } failed)
            {
                _failed[next.WorkerId] = failed;
            }

            if ((next.Lease ?? before?.Lease) is { } lease)
            {
                var end = next.Lease is null ? UnixTime.Min(lease.ExpiresAt, next.LastActAt) : lease.ExpiresAt;
                _latest = next.Lease is null ? UnixTime.Max(_latest, next.LastActAt) : _latest;
                _heldUntil[lease.Grant.GrantId] = end.AddMilliseconds(policy.MaxTtlMs);
            }
        }

        _events.AddRange(new[] { decision.Sweep, decision.IsRepeat ? default : decision.Event }.Where(e => !e.IsNone));
        return decision;
    }

    private UnixTime? Failed(WorkerId id) => _failed.TryGetValue(id, out var at) ? at : null;

    private WorkerRecord? Find(WorkerId id) => _workers.Values.FirstOrDefault(worker => worker.WorkerId == id);

    private int Count(Func<WorkerRecord, bool> holds) => _workers.Values.Count(holds);
}
