using System.Buffers;
using System.Collections.Frozen;

namespace Palyra.Domain.Fleet;

/// <summary>The reason codes that the system itself gives, and how an operator's own code is read.</summary>
public static class WorkerReason
{
    /// <summary>The longest code of an operator, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>Register.</summary>
    public const string Registered = "worker.registered";

    /// <summary>Assign.</summary>
    public const string Assigned = "worker.assigned";

    /// <summary>Start.</summary>
    public const string Started = "worker.started";

    /// <summary>A heartbeat that changes no health.</summary>
    public const string Heartbeat = "worker.heartbeat";

    /// <summary>A heartbeat that reports degraded health.</summary>
    public const string Degraded = "worker.degraded";

    /// <summary>A heartbeat that no longer does.</summary>
    public const string Recovered = "worker.recovered";

    /// <summary>A completion with a verified cleanup.</summary>
    public const string Completed = "worker.completed";

    /// <summary>A cleanup that is not verified.</summary>
    public const string CleanupFailed = "worker.cleanup_failed";

    /// <summary>A verified cleanup of a fail-closed worker.</summary>
    public const string CleanupVerified = "worker.cleanup_verified_requires_reattestation";

    /// <summary>Quarantine, unless the operator says otherwise.</summary>
    public const string QuarantinedByOperator = "worker.quarantined_by_operator";

    /// <summary>Quarantine of all, unless the operator says otherwise.</summary>
    public const string DrainedByOperator = "worker.drained_by_operator";

    /// <summary>Drain, unless the operator says otherwise.</summary>
    public const string Draining = "worker.draining";

    /// <summary>Resume.</summary>
    public const string ResumedByOperator = "worker.resumed_by_operator";

    /// <summary>Revocation, unless the operator says otherwise.</summary>
    public const string LeaseRevoked = "worker.lease_revoked";

    /// <summary>The lease expired.</summary>
    public const string TtlExpired = "worker.ttl_expired";

    /// <summary>The heartbeat went stale.</summary>
    public const string HeartbeatStale = "worker.heartbeat_stale";

    /// <summary>Reverify.</summary>
    public const string ReverifiedByOperator = "worker.reverified_by_operator";

    /// <summary>Reattest.</summary>
    public const string Reattested = "worker.reattested";

    /// <summary>Deregister.</summary>
    public const string Deregistered = "worker.deregistered";

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly FrozenSet<string> System = FrozenSet.Create(
        StringComparer.Ordinal,
        Registered, Assigned, Started, Heartbeat, Degraded, Recovered, Completed, CleanupFailed, CleanupVerified, QuarantinedByOperator,
        DrainedByOperator, Draining, ResumedByOperator, LeaseRevoked, TtlExpired, HeartbeatStale, ReverifiedByOperator, Reattested, Deregistered);

    /// <summary>Whether the system itself gives this code.</summary>
    internal static bool IsOfTheSystem(string code) => System.Contains(code);

    /// <summary>
    /// The operator's code, trimmed, when it is 1 to <see cref="MaxLength"/> characters of <c>[A-Za-z0-9._-]</c> and none of the system's own: an operator
    /// cannot pass an act off as a sweep. Otherwise the default of the act.
    /// </summary>
    public static string FromOperator(string? given, string otherwise)
    {
        ArgumentNullException.ThrowIfNull(otherwise);
        var trimmed = given.AsSpan().Trim();
        if (trimmed.Length is 0 or > MaxLength || trimmed.ContainsAnyExcept(Allowed))
        {
            return otherwise;
        }

        var code = trimmed.ToString();
        return System.Contains(code) ? otherwise : code;
    }
}
