using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Puts groups of changes on the disk. Called by one thread. Disposing folds everything into the snapshot.</summary>
internal interface IChangeLog : IDisposable
{
    /// <summary>Makes the groups durable, all or none.</summary>
    void Write(IReadOnlyList<IReadOnlyList<NodeRuntimeChange>> groups);

    /// <summary>After a failed write: makes sure nothing of it is left. When that fails too the log is beyond repair.</summary>
    void Repair();
}
