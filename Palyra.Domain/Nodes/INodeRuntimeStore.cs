namespace Palyra.Domain.Nodes;

/// <summary>Keeps the node runtime's state. It takes changes, not the whole state.</summary>
/// <remarks>
/// One runtime uses one store: it calls <see cref="Load"/> once and then <see cref="Append"/> from under its lock, so calls never overlap.
/// </remarks>
public interface INodeRuntimeStore : IAsyncDisposable
{
    /// <summary>Reads the state. The caller owns what it gets and changes it as it appends.</summary>
    /// <exception cref="NodeRuntimeStoreException">What is kept cannot be read; nothing of it was touched.</exception>
    NodeRuntimeState Load();

    /// <summary>
    /// Takes a group of changes, to be kept all or not at all. Returns at once; what it returns completes when the group, and every group before it, is
    /// durable: it survives the process being killed and a power cut.
    /// </summary>
    /// <remarks>
    /// An empty group is a barrier. When a group cannot be kept its answer faults with <see cref="NodeRuntimeStoreException"/>, and so do those of all
    /// groups after it, until <see cref="Resume"/>. Never blocks and never throws: a store that cannot take anything answers with a fault.
    /// </remarks>
    ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes);

    /// <summary>Takes groups again after one was refused, now that the runtime has taken back what was lost. A store that is beyond repair stays closed.</summary>
    void Resume();
}
