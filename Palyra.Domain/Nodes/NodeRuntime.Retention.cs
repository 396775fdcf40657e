using Palyra.Domain.Capabilities;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Finished requests are kept for a while: so long, and so many, whichever is less.
public sealed partial class NodeRuntime
{
    private void Retain_NeedsLock(PendingCommit commit, CapabilityRequestRecord record)
    {
        _finished.AddLast(new FinishedRequest(record.Id, record.CompletedAt ?? record.UpdatedAt));
        commit.OnTakeBack(_forgetNewest);
        while (_finished.Count > _options.MaxFinished)
        {
            DropOldest_NeedsLock(commit);
        }

        ScheduleRetention_NeedsLock();
    }

    private void DropOld_NeedsLock(PendingCommit commit, UnixTime now)
    {
        while (_finished.First is { } oldest && now >= oldest.Value.At.Add(_options.FinishedFor))
        {
            DropOldest_NeedsLock(commit);
        }

        ScheduleRetention_NeedsLock();
    }

    private void DropOldest_NeedsLock(PendingCommit commit)
    {
        var oldest = _finished.First!.Value;
        _finished.RemoveFirst();
        commit.Apply(new NodeRuntimeChange.RemoveCapabilityRequest(oldest.Id));
        commit.OnTakeBack(() =>
        {
            _finished.AddFirst(oldest);
            ScheduleRetention_NeedsLock();
        });
    }

    private void ScheduleRetention_NeedsLock()
    {
        if (_finished.First is { } oldest)
        {
            _deadlines.Schedule(_retentionDeadline, oldest.Value.At.Add(_options.FinishedFor));
        }
    }
}
