using Palyra.Domain.Nodes;

namespace Palyra.Benchmarks.Rpc;

/// <summary>Keeps nothing: what it costs to keep things is measured elsewhere.</summary>
internal sealed class MemoryNodeRuntimeStore : INodeRuntimeStore
{
    public NodeRuntimeState Load() => new();

    public ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes) => ValueTask.CompletedTask;

    public void Resume() { }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
