using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;

namespace Palyra.Host.Admin;

/// <summary>Tells, event by event from the oldest on, what is worth a line: everything but the heartbeats that changed nothing, unless those are wanted too.</summary>
internal sealed class WorkerNews(bool heartbeats)
{
    private readonly Dictionary<WorkerId, WorkerState> _states = [];

    /// <summary>With the workers' states as they are now, for a reader who comes in the middle.</summary>
    internal WorkerNews(bool heartbeats, IEnumerable<WorkerRecord> workers) : this(heartbeats)
    {
        foreach (var worker in workers)
        {
            _states[worker.WorkerId] = worker.State;
        }
    }

    internal bool Is(WorkerLifecycleEvent happened)
    {
        var quiet = happened.ReasonCode == WorkerReason.Heartbeat && _states.GetValueOrDefault(happened.WorkerId, happened.State) == happened.State;
        _states[happened.WorkerId] = happened.State;
        return heartbeats || !quiet;
    }
}
