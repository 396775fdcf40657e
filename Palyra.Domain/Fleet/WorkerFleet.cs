using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>
/// The ledger of a fleet: it looks up the facts, lets a decider decide, applies, keeps its indexes, and publishes. Safe for concurrent callers.
/// </summary>
/// <remarks>
/// With n workers, every act on one worker costs O(log n) or less, <see cref="AssignNext"/> O(required capabilities · log n), a snapshot O(1), a sweep
/// O(workers it changes · log n). <c>now</c> comes in with every act; ids of leases come in with an assignment.
/// </remarks>
public sealed partial class WorkerFleet
{
    private readonly Lock _lock = new();
    private readonly FleetLedger _ledger;
    private readonly RecentEvents _recent = new();
    private readonly FleetMemory _memory;
    private readonly GrantLedger _grants = new();
    private IFleetObserver[] _observers = [];
    private AttestationChallenges _challenges = AttestationChallenges.Empty;
    private CompiledFleetPolicy _policy;

    /// <summary>An empty fleet that remembers, through the store, which ids ever failed closed.</summary>
    /// <exception cref="ArgumentException">The policy does not compile; see <see cref="CompiledFleetPolicy.Compile"/>.</exception>
    public WorkerFleet(WorkerFleetPolicy policy, IFleetMarkStore? marks = null)
    {
        _policy = CompiledFleetPolicy.Compile(policy);
        _ledger = new FleetLedger(_policy);
        _memory = new FleetMemory(marks);
    }

    /// <summary>The policy in force.</summary>
    public CompiledFleetPolicy Policy => Volatile.Read(ref _policy);

    /// <summary>Replaces the policy; every worker is judged by the new one from its next act on. O(n log n).</summary>
    /// <exception cref="ArgumentException">The policy does not compile; the old one stays in force.</exception>
    public void SetPolicy(WorkerFleetPolicy policy)
    {
        var compiled = CompiledFleetPolicy.Compile(policy);
        lock (_lock)
        {
            Volatile.Write(ref _policy, compiled);
            _ledger.SetPolicy(compiled);
        }
    }

    /// <summary>Opens a challenge for one attestation: 60 s, single use, in place of the worker's earlier one. Refused with <c>TooManyChallenges</c>.</summary>
    /// <param name="worker">Who asks: nobody else's attestation answers it.</param>
    /// <param name="random32">32 bytes from a cryptographic generator.</param>
    /// <param name="now">The instant of the act.</param>
    public Result<AttestationChallenge> IssueChallenge(WorkerId worker, ReadOnlySpan<byte> random32, UnixTime now)
    {
        var challenge = new AttestationChallenge(ChallengeNonce.From(random32), now.AddMilliseconds(AttestationChallenges.LifetimeMs));
        lock (_lock)
        {
            if (!_challenges.Issue(worker, challenge, now).TryGet(out var next, out var refusal))
            {
                return refusal;
            }

            _challenges = next;
            return challenge;
        }
    }

    /// <summary>Admits the worker that an envelope vouches for.</summary>
    public Result<WorkerLifecycleEvent> Register(DsseEnvelope envelope, UnixTime now) => Admit(envelope, null, Register_NeedsLock, now);

    /// <summary>Admits the worker that an envelope vouches for, if it is the sender, and believes of it no more than is known of the sender.</summary>
    public Result<WorkerLifecycleEvent> Register(DsseEnvelope envelope, AttestationSender sender, UnixTime now) =>
        Admit(envelope, sender, Register_NeedsLock, now);

    /// <summary>Admits a worker by its bare word, which the policy has to allow by name; else <c>UnsignedAttestation</c>.</summary>
    public Result<WorkerLifecycleEvent> Register(WorkerAttestation attestation, UnixTime now) => Admit(attestation, Register_NeedsLock, now);

    /// <summary>Lets a fail-closed worker back in by a fresh envelope.</summary>
    public Result<WorkerLifecycleEvent> Reattest(DsseEnvelope envelope, UnixTime now) => Admit(envelope, null, Reattest_NeedsLock, now);

    /// <summary>Lets a fail-closed worker back in by a fresh envelope, under the conditions of <see cref="Register(DsseEnvelope, AttestationSender, UnixTime)"/>.</summary>
    public Result<WorkerLifecycleEvent> Reattest(DsseEnvelope envelope, AttestationSender sender, UnixTime now) =>
        Admit(envelope, sender, Reattest_NeedsLock, now);

    /// <summary>Lets a fail-closed worker back in by its bare word, which the policy has to allow by name.</summary>
    public Result<WorkerLifecycleEvent> Reattest(WorkerAttestation attestation, UnixTime now) => Admit(attestation, Reattest_NeedsLock, now);

    /// <summary>A worker reports.</summary>
    public Result<WorkerLifecycleEvent> Heartbeat(WorkerId worker, WorkerHealth health, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, WorkerDecider.Heartbeat(record, health, _policy, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Leases a named worker.</summary>
    public Result<WorkerLease> Assign(WorkerId worker, LeaseRequest request, LeaseId leaseId, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            var record = _ledger.Find(worker);
            if (record is null)
            {
                return LeaseRequestDecider.Check(request, _policy, now) ?? new WorkerRefusal.UnknownWorker(worker);
            }

            return Assign_NeedsLock(record, request, leaseId, now);
        }
    }

    /// <summary>Leases the worker with the smallest id (ordinal, as registered) that fits; a degraded one only when no other fits.</summary>
    public Result<WorkerLease> AssignNext(LeaseRequest request, LeaseId leaseId, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            if (LeaseRequestDecider.Check(request, _policy, now) is { } invalid)
            {
                return invalid;
            }

            return _ledger.FindCandidate(request.RequiredCapabilities, now) is { } record
                ? Assign_NeedsLock(record, request, leaseId, now)
                : new LeaseRefusal.NoAvailableWorker();
        }
    }

    /// <summary>Extends a lease, never past its grant or its worker's attestation.</summary>
    public Result<WorkerLease> Renew(WorkerId worker, LeaseId leaseId, ulong ttlMs, UnixTime now)
    {
        lock (_lock)
        {
            if (_ledger.Find(worker) is not { } record)
            {
                return new WorkerRefusal.UnknownWorker(worker);
            }

            var decision = LeaseDecider.Renew(record, leaseId, ttlMs, _policy, now);
            FlushBeforeGrant_NeedsLock(decision);
            Apply_NeedsLock(record, decision);
            _memory.Flush();
            if (!decision.IsAccepted)
            {
                return decision.Refusal!;
            }

            var lease = decision.Next!.Lease!;
            foreach (var observer in _observers)
            {
                observer.OnRenewed(lease);
            }

            return lease;
        }
    }

    /// <summary>The worker has begun on its lease.</summary>
    public Result<WorkerLifecycleEvent> Start(WorkerId worker, LeaseId leaseId, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, LeaseDecider.Start(record, leaseId, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Ends a lease by a cleanup report. The same report again gets the same answer; an unverified one quarantines the worker.</summary>
    public Result<WorkerLifecycleEvent> Complete(WorkerId worker, LeaseId leaseId, CleanupReport report, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, LeaseDecider.Complete(record, leaseId, report, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    /// <summary>Takes a lease away; without a lease id, whichever is active. The worker is orphaned.</summary>
    public Result<WorkerLifecycleEvent> RevokeLease(WorkerId worker, LeaseId? leaseId, string? reason, UnixTime now)
    {
        lock (_lock)
        {
            return _ledger.Find(worker) is { } record
                ? Commit_NeedsLock(record, LeaseDecider.Revoke(record, leaseId, reason, now))
                : new WorkerRefusal.UnknownWorker(worker);
        }
    }

    private Result<WorkerLifecycleEvent> Admit(
        DsseEnvelope envelope, AttestationSender? sender, Func<WorkerAttestation, UnixTime, Result<WorkerLifecycleEvent>> admitNeedsLock, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        while (true)
        {
            // Signatures are slow to verify: outside the lock, under a policy that must still be in force inside it.
            var policy = Policy;
            var verified = EnvelopeVerifier.Verify(envelope, policy, now);
            lock (_lock)
            {
                if (!ReferenceEquals(policy, _policy))
                {
                    continue;
                }

                if (!verified.TryGet(out var payload, out var refusal))
                {
                    return refusal;
                }

                var attestation = payload.Attestation;
                if (sender is { } known)
                {
                    if (attestation.WorkerId != known.Worker)
                    {
                        return new AttestationRefusal.WorkerIdMismatch(attestation.WorkerId);
                    }

                    attestation = attestation with { EgressProxyAttested = attestation.EgressProxyAttested && known.EgressProxyBound };
                }

                if (_challenges.Check(attestation.WorkerId, payload.Challenge, now) is { } unanswered)
                {
                    return unanswered;
                }

                var admitted = admitNeedsLock(attestation, now);
                if (admitted.IsOk)
                {
                    _challenges = _challenges.Without(attestation.WorkerId);
                }

                return admitted;
            }
        }
    }

    private Result<WorkerLifecycleEvent> Admit(
        WorkerAttestation attestation, Func<WorkerAttestation, UnixTime, Result<WorkerLifecycleEvent>> admitNeedsLock, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        lock (_lock)
        {
            return _policy.AcceptsUnsigned ? admitNeedsLock(attestation, now) : new AttestationRefusal.UnsignedAttestation(attestation.WorkerId);
        }
    }

    private Result<WorkerLifecycleEvent> Register_NeedsLock(WorkerAttestation attestation, UnixTime now)
    {
        var existing = _ledger.Find(attestation.WorkerId);
        var facts = new RegistrationFacts(_memory.FailedClosedAt(attestation.WorkerId), _ledger.Count >= _policy.Options.MaxWorkers);
        var decision = WorkerDecider.Register(attestation, existing, facts, _policy, now);
        FlushBeforeGrant_NeedsLock(decision);
        return Commit_NeedsLock(existing, decision);
    }

    private Result<WorkerLifecycleEvent> Reattest_NeedsLock(WorkerAttestation attestation, UnixTime now)
    {
        if (_ledger.Find(attestation.WorkerId) is { } record)
        {
            var decision = WorkerDecider.Reattest(record, attestation, _policy, now);
            FlushBeforeGrant_NeedsLock(decision);
            return Commit_NeedsLock(record, decision);
        }

        return AttestationDecider.CheckAdmission(attestation, _policy, now) ?? new WorkerRefusal.UnknownWorker(attestation.WorkerId);
    }

    private Result<WorkerLease> Assign_NeedsLock(WorkerRecord record, LeaseRequest request, LeaseId leaseId, UnixTime now)
    {
        // INVARIANT: no two live leases of one grant. A grant is the fleet's, so the clock of a worker that is ahead frees none.
        var isGrantUsed = _grants.IsUsed(request.Grant.GrantId, now, _policy.Options.MaxTtlMs);
        var facts = new LeaseFacts(leaseId, _memory.NextFencingToken, isGrantUsed);
        var decision = LeaseDecider.Assign(record, request, facts, _policy, now);
        if (decision.IsAccepted)
        {
            _memory.ReserveFencingToken();
            _memory.UseFencingToken();
        }

        Apply_NeedsLock(record, decision);
        _memory.Flush();
        return decision.IsAccepted ? decision.Next!.Lease! : decision.Refusal!;
    }
}
