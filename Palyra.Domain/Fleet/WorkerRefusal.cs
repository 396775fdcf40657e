using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Fleet;

/// <summary>Why an act on a worker is not accepted. The code of each case is its name.</summary>
public abstract record WorkerRefusal : Refusal
{
    private WorkerRefusal(string code, WorkerId worker, string detail) : base(code, worker.ToString(), detail) { }

    /// <summary>No worker of this id is registered.</summary>
    public sealed record UnknownWorker(WorkerId Worker) : WorkerRefusal(nameof(UnknownWorker), Worker, "No such worker is registered.");

    /// <summary>A worker of this id, without regard to ASCII case, is registered.</summary>
    public sealed record AlreadyRegistered(WorkerId Worker) : WorkerRefusal(nameof(AlreadyRegistered), Worker, "The worker is already registered.");

    /// <summary>The fleet has as many workers as the policy allows.</summary>
    public sealed record FleetFull(WorkerId Worker) : WorkerRefusal(nameof(FleetFull), Worker, "The fleet takes no more workers.");

    /// <summary>The worker is quarantined or orphaned.</summary>
    public sealed record WorkerFailClosed(WorkerId Worker) : WorkerRefusal(
        nameof(WorkerFailClosed), Worker, "The worker is fail-closed; it has to be cleaned up and attest afresh.");

    /// <summary>The worker is not fail-closed, and the act is for those that are.</summary>
    public sealed record WorkerNotFailClosed(WorkerId Worker) : WorkerRefusal(
        nameof(WorkerNotFailClosed), Worker, "The worker is not fail-closed.");

    /// <summary>The worker is drained.</summary>
    public sealed record WorkerDraining(WorkerId Worker) : WorkerRefusal(
        nameof(WorkerDraining), Worker, "The worker is draining and takes no new work until it is resumed.");

    /// <summary>The worker's heartbeat is stale.</summary>
    public sealed record WorkerOffline(WorkerId Worker) : WorkerRefusal(
        nameof(WorkerOffline), Worker, "The worker has not reported in time; it comes back with a heartbeat.");

    /// <summary>The act does not lead out of the worker's state.</summary>
    public sealed record InvalidWorkerTransition(WorkerId Worker, WorkerState State) : WorkerRefusal(
        nameof(InvalidWorkerTransition), Worker, $"The act does not apply to a worker that is {State.ToWire()}.");

    /// <summary>No cleanup was verified since the worker failed closed.</summary>
    public sealed record CleanupNotVerified(WorkerId Worker) : WorkerRefusal(
        nameof(CleanupNotVerified), Worker, "No verified cleanup since the worker failed closed; report one first.");
}
