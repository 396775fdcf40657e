using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;

namespace Palyra.Domain.Fleet;

/// <summary>Hears of every lifecycle event, in order, while the fleet is locked: it must neither block nor call the fleet nor throw.</summary>
public interface IFleetObserver
{
    /// <summary>One step of one worker's life.</summary>
    /// <param name="lifecycleEvent">What happened.</param>
    /// <param name="endedLease">The lease that ended by it, if one did.</param>
    void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease);

    /// <summary>A lease was renewed: the same id and token, perhaps a later end.</summary>
    void OnRenewed(WorkerLease lease) { }
}
