using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Tests.Model;

/// <summary>One act on a fleet as data, so that histories can be made up, explored, run twice and printed.</summary>
public abstract record FleetAct(UnixTime Now)
{
    public sealed record Register(WorkerAttestation Attestation, UnixTime Now) : FleetAct(Now);

    public sealed record Reattest(WorkerAttestation Attestation, UnixTime Now) : FleetAct(Now);

    public sealed record Heartbeat(WorkerId Worker, WorkerHealth Health, UnixTime Now) : FleetAct(Now);

    public sealed record Assign(WorkerId Worker, LeaseRequest Request, LeaseId Lease, UnixTime Now) : FleetAct(Now);

    public sealed record AssignNext(LeaseRequest Request, LeaseId Lease, UnixTime Now) : FleetAct(Now);

    public sealed record Renew(WorkerId Worker, LeaseId Lease, ulong TtlMs, UnixTime Now) : FleetAct(Now);

    public sealed record Start(WorkerId Worker, LeaseId Lease, UnixTime Now) : FleetAct(Now);

    public sealed record Complete(WorkerId Worker, LeaseId Lease, CleanupReport Report, UnixTime Now) : FleetAct(Now);

    public sealed record Revoke(WorkerId Worker, LeaseId? Lease, string? Reason, UnixTime Now) : FleetAct(Now);

    public sealed record Quarantine(WorkerId Worker, string? Reason, UnixTime Now) : FleetAct(Now);

    public sealed record Drain(WorkerId Worker, string? Reason, UnixTime Now) : FleetAct(Now);

    public sealed record Resume(WorkerId Worker, UnixTime Now) : FleetAct(Now);

    public sealed record Reverify(WorkerId Worker, UnixTime Now) : FleetAct(Now);

    public sealed record ForceCleanup(WorkerId Worker, CleanupReport Report, UnixTime Now) : FleetAct(Now);

    public sealed record Deregister(WorkerId Worker, UnixTime Now) : FleetAct(Now);

    public sealed record QuarantineAll(string? Reason, UnixTime Now) : FleetAct(Now);

    public sealed record Reap(UnixTime Now) : FleetAct(Now);

    public sealed record MarkStale(UnixTime Now) : FleetAct(Now);

    /// <summary>Runs the act on the real fleet and tells the answer as text.</summary>
    public string On(WorkerFleet fleet) => this switch
    {
        Register act => Tell(fleet.Register(act.Attestation, Now)),
        Reattest act => Tell(fleet.Reattest(act.Attestation, Now)),
        Heartbeat act => Tell(fleet.Heartbeat(act.Worker, act.Health, Now)),
        Assign act => Tell(fleet.Assign(act.Worker, act.Request, act.Lease, Now)),
        AssignNext act => Tell(fleet.AssignNext(act.Request, act.Lease, Now)),
        Renew act => Tell(fleet.Renew(act.Worker, act.Lease, act.TtlMs, Now)),
        Start act => Tell(fleet.Start(act.Worker, act.Lease, Now)),
        Complete act => Tell(fleet.Complete(act.Worker, act.Lease, act.Report, Now)),
        Revoke act => Tell(fleet.RevokeLease(act.Worker, act.Lease, act.Reason, Now)),
        Quarantine act => Tell(fleet.Quarantine(act.Worker, act.Reason, Now)),
        Drain act => Tell(fleet.Drain(act.Worker, act.Reason, Now)),
        Resume act => Tell(fleet.Resume(act.Worker, Now)),
        Reverify act => Tell(fleet.Reverify(act.Worker, Now)),
        ForceCleanup act => Tell(fleet.ForceCleanup(act.Worker, act.Report, Now)),
        Deregister act => Tell(fleet.Deregister(act.Worker, Now)),
        QuarantineAll act => Tell(fleet.QuarantineAll(act.Reason, Now)),
        Reap => Tell(fleet.ReapExpired(Now)),
        MarkStale => Tell(fleet.MarkStale(Now)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Tell(in WorkerLifecycleEvent e) => $"{e.WorkerId} {e.State} {e.RunId} {e.ReasonCode} {e.At}";

    public static string Tell(Result<WorkerLifecycleEvent> result) => result.TryGet(out var e, out var refusal) ? Tell(e) : refusal.Code;

    public static string Tell(Result<WorkerLease> result) => result.TryGet(out var lease, out var refusal) ? Tell(lease) : refusal.Code;

    public static string Tell(IEnumerable<WorkerLifecycleEvent> events) => string.Join("; ", events.Select(e => Tell(e)));

    public static string Tell(WorkerLease? lease) =>
        lease is null ? "-" : $"lease {lease.LeaseId} of {lease.WorkerId} for {lease.RunId} until {lease.ExpiresAt} token {lease.FencingToken}";

    public static string Tell(WorkerRecord worker) =>
        $"{worker.WorkerId} {worker.State} drained {worker.IsDrained} clean {worker.CleanupVerified} beat {worker.LastHeartbeatAt} act {worker.LastActAt} " +
        $"failed {worker.FailedClosedAt} done {worker.LastCompletion?.LeaseId} issued {worker.Attestation.IssuedAt} {Tell(worker.Lease)}";
}
