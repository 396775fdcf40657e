using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>One step of a worker's life. The default value is no event.</summary>
/// <param name="WorkerId">The worker, in the spelling it registered with.</param>
/// <param name="State">The state after the step; of a deregistration, the last state.</param>
/// <param name="RunId">The run whose lease the worker held before or holds after the step; the default when there is none.</param>
/// <param name="ReasonCode">Why: one of <see cref="WorkerReason"/>, or an operator's own code.</param>
/// <param name="At">When; never before the worker's previous event.</param>
public readonly record struct WorkerLifecycleEvent(WorkerId WorkerId, WorkerState State, RunId RunId, string ReasonCode, UnixTime At)
{
    /// <summary>Whether this is the default, which tells of nothing.</summary>
    public bool IsNone => ReasonCode is null;
}
