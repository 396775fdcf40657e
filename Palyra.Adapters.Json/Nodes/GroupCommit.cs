using System.Diagnostics;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Collects the groups that come while a flush is under way, and writes them with the next one: any number of callers share one flush.</summary>
internal sealed class GroupCommit
{
    private readonly object _lock = new();
    private readonly IChangeLog _log;
    private readonly Thread _writer;
    private List<IReadOnlyList<NodeRuntimeChange>> _waiting = [];
    private TaskCompletionSource _answer = NewAnswer();
    private Exception? _failure;
    private bool _isBeyondRepair;
    private bool _isStopping;

    internal GroupCommit(IChangeLog log)
    {
        _log = log;
        _writer = new Thread(Run) { IsBackground = true, Name = "palyra-journal" };
        _writer.Start();
    }

    /// <summary>Why nothing is taken at this moment; <see langword="null"/> when changes are.</summary>
    internal Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure;
            }
        }
    }

    internal ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes)
    {
        lock (_lock)
        {
            if (_failure is { } failure)
            {
                return ValueTask.FromException(failure);
            }

            _waiting.Add(changes);
            if (_waiting.Count == 1)
            {
                Monitor.Pulse(_lock);
            }

            return new ValueTask(_answer.Task);
        }
    }

    internal void Resume()
    {
        lock (_lock)
        {
            _failure = _isBeyondRepair || _isStopping ? _failure : null;
        }
    }

    /// <summary>Writes what is waiting, closes the log, and refuses everything from then on.</summary>
    internal void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            _failure ??= new NodeRuntimeStoreException("The store is closed.");
            Monitor.Pulse(_lock);
        }

        _writer.Join();
        _log.Dispose();
    }

    private static TaskCompletionSource NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run()
    {
        List<IReadOnlyList<NodeRuntimeChange>> groups = [];
        while (TryTake(ref groups, out var answer))
        {
            try
            {
                if (groups.Exists(static group => group.Count > 0))
                {
                    var start = Stopwatch.GetTimestamp();
                    _log.Write(groups);
                    JournalMetrics.Flushed(Stopwatch.GetElapsedTime(start), groups.Count);
                }

                answer.SetResult();
            }
            catch (Exception broken)
            {
                // Whatever it is: it must neither end the process from this thread nor leave anybody waiting.
                Fail(answer, broken);
            }
        }
    }

    private bool TryTake(ref List<IReadOnlyList<NodeRuntimeChange>> groups, out TaskCompletionSource answer)
    {
        groups.Clear();
        lock (_lock)
        {
            while (_waiting.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_lock);
            }

            (groups, _waiting) = (_waiting, groups);
            answer = _answer;
            _answer = NewAnswer();
            return groups.Count > 0;
        }
    }

    /// <summary>INVARIANT: once a group is lost, everything after it is lost, until the runtime has taken it back and resumes.</summary>
    private void Fail(TaskCompletionSource answer, Exception broken)
    {
        JournalMetrics.Failed();
        var repair = TryRepair();
        var failure = new NodeRuntimeStoreException(
            repair is null
                ? $"The change could not be written and was taken back: {broken.Message} Make room, or check the disk, and try again."
                : $"The change could not be written, nor the file be put right: {repair.Message} Nothing is taken any more; restart when the disk is well.",
            broken);
        TaskCompletionSource behind;
        lock (_lock)
        {
            _failure = failure;
            _isBeyondRepair |= repair is not null;
            _waiting.Clear();
            behind = _answer;
            _answer = NewAnswer();
        }

        answer.SetException(failure);
        behind.SetException(failure);
        _ = behind.Task.Exception; // Nobody may be waiting for it.
        _ = answer.Task.Exception;
    }

    private Exception? TryRepair()
    {
        try
        {
            _log.Repair();
            return null;
        }
        catch (Exception broken)
        {
            return broken;
        }
    }
}
