using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Writes the whole snapshot on every flush.</summary>
internal sealed class WriteThroughLog(SnapshotWriter snapshot, NodeRuntimeState state) : IChangeLog
{
    public void Write(IReadOnlyList<IReadOnlyList<NodeRuntimeChange>> groups)
    {
        Stack<NodeRuntimeChange> inverses = new();
        foreach (var change in groups.SelectMany(group => group))
        {
            if (state.Apply(change) is { } inverse)
            {
                inverses.Push(inverse);
            }
        }

        try
        {
            snapshot.Write(state);
        }
        catch
        {
            while (inverses.TryPop(out var inverse))
            {
                state.Apply(inverse);
            }

            throw;
        }
    }

    public void Repair() => snapshot.Repair(state);

    public void Dispose()
    {
        // Everything is in the snapshot.
    }
}
