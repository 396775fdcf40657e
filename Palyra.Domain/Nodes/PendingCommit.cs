namespace Palyra.Domain.Nodes;

/// <summary>
/// One group of changes: applied in memory as it is put together, durable later. It knows what follows once it is durable, and how to take everything
/// back, in reverse order, if it never will be.
/// </summary>
internal sealed class PendingCommit(NodeRuntimeState state)
{
    private readonly List<NodeRuntimeChange> _changes = new(2);
    private readonly List<Action> _takeBack = new(2);
    private List<Action>? _whenDurable;

    internal IReadOnlyList<NodeRuntimeChange> Changes => _changes;

    /// <summary>What the store answered. May be asked and awaited more than once.</summary>
    internal ValueTask Durability { get; private set; }

    internal bool IsTakenBack { get; private set; }

    internal void Apply(NodeRuntimeChange change)
    {
        var inverse = state.Apply(change);
        _changes.Add(change);
        if (inverse is not null)
        {
            _takeBack.Add(() => state.Apply(inverse));
        }
    }

    internal void OnTakeBack(Action takeBack) => _takeBack.Add(takeBack);

    internal void OnDurable(Action whenDurable) => (_whenDurable ??= []).Add(whenDurable);

    internal void Submit(INodeRuntimeStore store) => Durability = store.Append(_changes).Preserve();

    internal void RunWhenDurable() => _whenDurable?.ForEach(static action => action());

    internal void TakeBack()
    {
        IsTakenBack = true;
        for (var i = _takeBack.Count - 1; i >= 0; i--)
        {
            _takeBack[i]();
        }
    }
}
