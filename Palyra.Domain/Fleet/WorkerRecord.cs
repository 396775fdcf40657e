using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>A worker as the ledger knows it. Immutable: every accepted act makes a new record. Only the deciders make one.</summary>
public sealed record WorkerRecord
{
    internal WorkerRecord() { }

    /// <summary>The worker, in the spelling it registered with.</summary>
    public WorkerId WorkerId => Attestation.WorkerId;

    /// <summary>The attestation it was admitted with last.</summary>
    public required WorkerAttestation Attestation { get; init; }

    /// <summary>Where it stands.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Whether it was drained and not resumed since. Set in Draining, and in Offline when it went stale while draining.</summary>
    public bool IsDrained { get; init; }

    /// <summary>Whether a cleanup was verified since it failed closed.</summary>
    public bool CleanupVerified { get; init; }

    /// <summary>Its lease. There is one in Leased and Busy, there may be one in Draining, and there is none in any other state.</summary>
    public WorkerLease? Lease { get; init; }

    /// <summary>When it last reported.</summary>
    public required UnixTime LastHeartbeatAt { get; init; }

    /// <summary>The time of its last act; no later act is applied before it.</summary>
    public required UnixTime LastActAt { get; init; }

    /// <summary>When it last failed closed, in this or an earlier life under the same id; an attestation issued until then admits it no more.</summary>
    public UnixTime? FailedClosedAt { get; init; }

    /// <summary>How its last completed lease ended.</summary>
    public LeaseCompletion? LastCompletion { get; init; }

    /// <summary>Where the ledger keeps the worker; means nothing to a decider.</summary>
    internal int Slot { get; init; }

    /// <summary>Whether this is the worker's active lease.</summary>
    public bool Holds(LeaseId leaseId, [NotNullWhen(true)] out WorkerLease? lease)
    {
        lease = Lease is { } active && active.LeaseId == leaseId ? active : null;
        return lease is not null;
    }

    /// <summary>Whether its last heartbeat is no older than the policy's timeout.</summary>
    public bool HeartbeatIsFresh(CompiledFleetPolicy policy, UnixTime at)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return at.MillisecondsSince(LastHeartbeatAt) <= policy.HeartbeatTimeoutMs;
    }

    /// <summary>The last instant at which the heartbeat is fresh; the beginning of time when the worker's own last act lies beyond it.</summary>
    internal UnixTime FreshUntil(CompiledFleetPolicy policy)
    {
        // A difference that saturates at the end of the range is never above a timeout that is that large.
        var until = policy.HeartbeatTimeoutMs == long.MaxValue ? UnixTime.MaxValue : LastHeartbeatAt.AddMilliseconds(policy.HeartbeatTimeoutMs);
        return LastActAt <= until ? until : UnixTime.MinValue;
    }

    /// <summary>The last instant at which the attestation is valid; the beginning of time when the worker's own last act lies beyond it.</summary>
    internal UnixTime AttestedUntil()
    {
        var until = Attestation.ExpiresAt.AddMilliseconds(-1);
        return LastActAt <= until ? until : UnixTime.MinValue;
    }
}
