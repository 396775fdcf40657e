using System.Runtime.CompilerServices;

namespace Palyra.Domain.Fleet;

/// <summary>The running counts behind a snapshot. Mutable; every record is added once and taken off with the same content.</summary>
internal struct FleetCounts
{
    private ByState _states;
    private int _all;
    private int _attested;
    private int _leased;

    internal void Add(WorkerRecord worker, int sign)
    {
        _all += sign;
        _states[(int)worker.State] += sign;
        if (worker.Lease is not null)
        {
            _leased += sign;
        }

        if (worker.Attestation.EgressProxyAttested && worker.State != WorkerState.Quarantined)
        {
            _attested += sign;
        }
    }

    internal readonly WorkerFleetSnapshot ToSnapshot() => new()
    {
        Registered = _all,
        Attested = _attested,
        ActiveLeases = _leased,
        // None of the three ever has a lease, and a lease is never without one of its states.
        Available = Of(WorkerState.Registered) + Of(WorkerState.Available) + Of(WorkerState.Completed),
        Busy = _leased,
        Degraded = Of(WorkerState.Degraded) + Of(WorkerState.Quarantined) + Of(WorkerState.Orphaned),
        Draining = Of(WorkerState.Draining),
        Offline = Of(WorkerState.Offline),
        Orphaned = Of(WorkerState.Orphaned),
        FailedClosed = Of(WorkerState.Quarantined),
    };

    private readonly int Of(WorkerState state) => _states[(int)state];

    [InlineArray((int)WorkerState.Offline + 1)]
    private struct ByState
    {
        private int _first;
    }
}
