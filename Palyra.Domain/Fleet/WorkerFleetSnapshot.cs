namespace Palyra.Domain.Fleet;

/// <summary>Counts over the fleet as recorded: what has expired moves when a sweep or an act touches it. A worker may count in several.</summary>
public readonly record struct WorkerFleetSnapshot
{
    /// <summary>All workers.</summary>
    public int Registered { get; init; }

    /// <summary>Attested to the egress proxy and not quarantined.</summary>
    public int Attested { get; init; }

    /// <summary>Workers with a lease.</summary>
    public int ActiveLeases { get; init; }

    /// <summary>Registered, Available or Completed, without a lease.</summary>
    public int Available { get; init; }

    /// <summary>Workers with a lease.</summary>
    public int Busy { get; init; }

    /// <summary>Degraded, Quarantined or Orphaned.</summary>
    public int Degraded { get; init; }

    /// <summary>Draining.</summary>
    public int Draining { get; init; }

    /// <summary>Offline.</summary>
    public int Offline { get; init; }

    /// <summary>Orphaned.</summary>
    public int Orphaned { get; init; }

    /// <summary>Quarantined.</summary>
    public int FailedClosed { get; init; }
}
