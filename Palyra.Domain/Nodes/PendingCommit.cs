namespace Palyra.Domain.Nodes;

/// <summary>
/// One group of changes: applied in memory as it is put together, durable later. It knows what follows once it is durable, and how to take everything
/// back, in reverse order, if it never will be.
/// </summary>
internal sealed class PendingCommit(NodeRuntimeState state)
{
    private readonly List<NodeRuntimeChange> _changes = new(2);

    // What takes this back, oldest first: the inverse of a change, or an act.
    private readonly List<object> _takeBack = new(4);
    private List<Action>? _whenDurable;
    private volatile bool _isSettled;

    internal IReadOnlyList<NodeRuntimeChange> Changes => _changes;

    /// <summary>What the store answered. May be asked and awaited more than once.</summary>
    internal ValueTask Durability { get; private set; }

    internal bool IsTakenBack { get; private set; }

    /// <summary>Whether it is durable and what follows from that has happened. May be asked without the lock.</summary>
    internal bool IsSettled => _isSettled;

    internal void Apply(NodeRuntimeChange change)
    {
        var inverse = state.Apply(change);
        _changes.Add(change);
        if (inverse is not null)
        {
            _takeBack.Add(inverse);
        }
    }

    internal void OnTakeBack(Action takeBack) => _takeBack.Add(takeBack);

    internal void OnDurable(Action whenDurable) => (_whenDurable ??= []).Add(whenDurable);

    internal void Submit(INodeRuntimeStore store) => Durability = store.Append(_changes).Preserve();

    internal void Settle()
    {
        _whenDurable?.ForEach(static action => action());
        _isSettled = true;
    }

    internal void TakeBack()
    {
        IsTakenBack = true;
        for (var i = _takeBack.Count - 1; i >= 0; i--)
        {
            if (_takeBack[i] is NodeRuntimeChange inverse)
            {
                state.Apply(inverse);
            }
            else
            {
                ((Action)_takeBack[i])();
            }
        }
    }
}
