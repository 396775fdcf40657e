using Palyra.Domain.Nodes;

namespace Palyra.Tests.Builders;

/// <summary>A store that keeps everything it is given, in memory, and can be told to hold its answers back or to break.</summary>
internal sealed class InMemoryNodeRuntimeStore : INodeRuntimeStore
{
    private readonly Lock _gate = new();
    private readonly NodeRuntimeState _kept = new();
    private readonly List<(IReadOnlyList<NodeRuntimeChange> Changes, TaskCompletionSource Answer)> _held = [];
    private bool _lost;

    /// <summary>Whether answers wait for <see cref="Release"/>.</summary>
    public bool IsHolding { get; set; }

    /// <summary>Whether the next group is lost, with everything after it until the runtime resumes.</summary>
    public bool IsBroken { get; set; }

    public int Appends { get; private set; }

    public int Disposals { get; private set; }

    public NodeRuntimeState Load() => Copy();

    public ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes)
    {
        lock (_gate)
        {
            Appends++;
            if (IsBroken || _lost)
            {
                _lost = true;
                return ValueTask.FromException(new NodeRuntimeStoreException("broken for the test"));
            }

            if (!IsHolding)
            {
                Keep(changes);
                return ValueTask.CompletedTask;
            }

            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Add((changes, answer));
            return new ValueTask(answer.Task);
        }
    }

    /// <summary>Makes everything held back durable, in order.</summary>
    public void Release()
    {
        lock (_gate)
        {
            foreach (var (changes, answer) in _held)
            {
                Keep(changes);
                answer.SetResult();
            }

            _held.Clear();
        }
    }

    /// <summary>Loses everything held back from the given group on; those before become durable.</summary>
    public void Lose(int from = 0)
    {
        lock (_gate)
        {
            _lost = true;
            for (var i = 0; i < _held.Count; i++)
            {
                if (i < from)
                {
                    Keep(_held[i].Changes);
                    _held[i].Answer.SetResult();
                }
                else
                {
                    _held[i].Answer.SetException(new NodeRuntimeStoreException("lost for the test"));
                }
            }

            _held.Clear();
        }
    }

    /// <summary>Answers the oldest group held back that it is lost; what else was lost with it hears later.</summary>
    public void LoseOldest()
    {
        lock (_gate)
        {
            var (_, answer) = _held[0];
            _held.RemoveAt(0);
            answer.SetException(new NodeRuntimeStoreException("lost for the test"));
        }
    }

    public void Resume() => _lost = false;

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }

    /// <summary>What is durable.</summary>
    public NodeRuntimeState Copy()
    {
        lock (_gate)
        {
            var copy = new NodeRuntimeState();
            foreach (var change in _kept.AsChanges())
            {
                copy.Apply(change);
            }

            return copy;
        }
    }

    private void Keep(IReadOnlyList<NodeRuntimeChange> changes)
    {
        foreach (var change in changes)
        {
            _kept.Apply(change);
        }
    }
}
