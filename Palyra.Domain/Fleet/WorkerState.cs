using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Fleet;

/// <summary>Where a worker stands. The zero value is the one that nothing milder follows.</summary>
public enum WorkerState
{
    /// <summary>Fail-closed by an operator or by a failed cleanup. Wire name <c>failed</c>.</summary>
    Quarantined = 0,

    /// <summary>Fail-closed because its lease ended without a completion.</summary>
    Orphaned,

    /// <summary>Admitted and free.</summary>
    Registered,

    /// <summary>Free again after it was degraded.</summary>
    Available,

    /// <summary>Holds a lease, has not begun. Wire name <c>assigned</c>.</summary>
    Leased,

    /// <summary>Holds a lease and works.</summary>
    Busy,

    /// <summary>Free after a verified cleanup.</summary>
    Completed,

    /// <summary>Free, reports bad health: leased only when no other worker fits.</summary>
    Degraded,

    /// <summary>Takes no new lease until it is resumed; may still hold one.</summary>
    Draining,

    /// <summary>Its heartbeat went stale while it was idle.</summary>
    Offline,
}

/// <summary>The wire names of <see cref="WorkerState"/> and what each state allows.</summary>
public static class WorkerStates
{
    /// <summary>The name on the wire.</summary>
    public static string ToWire(this WorkerState state) => state switch
    {
        WorkerState.Quarantined => "failed",
        WorkerState.Orphaned => "orphaned",
        WorkerState.Registered => "registered",
        WorkerState.Available => "available",
        WorkerState.Leased => "assigned",
        WorkerState.Busy => "busy",
        WorkerState.Completed => "completed",
        WorkerState.Degraded => "degraded",
        WorkerState.Draining => "draining",
        WorkerState.Offline => "offline",
        _ => throw new UnreachableException($"No worker state {state}."),
    };

    /// <summary>Parses a wire name or one of its aliases; anything else, other case included, is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? wire, out WorkerState state)
    {
        (bool known, state) = wire switch
        {
            "failed" or "quarantined" => (true, WorkerState.Quarantined),
            "orphaned" => (true, WorkerState.Orphaned),
            "registered" => (true, WorkerState.Registered),
            "available" or "ready" => (true, WorkerState.Available),
            "assigned" or "leased" => (true, WorkerState.Leased),
            "busy" or "running" => (true, WorkerState.Busy),
            "completed" or "succeeded" => (true, WorkerState.Completed),
            "degraded" => (true, WorkerState.Degraded),
            "draining" => (true, WorkerState.Draining),
            "offline" => (true, WorkerState.Offline),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>Whether nothing but a fresh attestation leads out of the state.</summary>
    public static bool IsFailClosed(this WorkerState state) => state is WorkerState.Quarantined or WorkerState.Orphaned;

    /// <summary>Whether a worker in this state may be leased, all else given.</summary>
    public static bool IsAssignable(this WorkerState state) =>
        state is WorkerState.Registered or WorkerState.Available or WorkerState.Completed or WorkerState.Degraded;
}
