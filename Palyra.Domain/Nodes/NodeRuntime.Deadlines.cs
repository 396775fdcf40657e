using System.Diagnostics;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Everything that becomes due waits in one heap behind one timer, which is armed only while something waits.
public sealed partial class NodeRuntime
{
    // Timers take at most 49 days; a later deadline is looked at again after a day.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan RetryAfterLoss = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer;
    private readonly DeadlineHeap _deadlines = new();
    private readonly Dictionary<string, CodeDeadline> _codeDeadlines = new(StringComparer.Ordinal);
    private readonly Dictionary<PairingSessionId, PairingDeadline> _pairingDeadlines = [];
    private readonly RetentionDeadline _retentionDeadline = new();
    private UnixTime? _armedFor;

    private void OnTimer()
    {
        PendingCommit commit;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _armedFor = null;
            commit = Begin_NeedsLock();
            Expire_NeedsLock(commit, Now);
            Refill_NeedsLock(commit);
            SubmitChanges_NeedsLock(commit);
            ArmTimer_NeedsLock();
        }

        SettleInBackground(commit);
    }

    /// <summary>What is due stays due while the store is broken; it is tried again soon, but not at once, so that nothing spins.</summary>
    private void ArmRetry_NeedsLock()
    {
        if (!_closed)
        {
            _armedFor = Now.Add(RetryAfterLoss);
            _timer.Change(RetryAfterLoss, Timeout.InfiniteTimeSpan);
        }
    }

    private void Expire_NeedsLock(PendingCommit commit, UnixTime now)
    {
        while (_deadlines.TryPeek(out var deadline) && deadline.Due <= now)
        {
            _deadlines.Cancel(deadline);
            switch (deadline)
            {
                case ActiveRequest request:
                    TimeOut_NeedsLock(commit, request, now);
                    break;
                case PairingDeadline pairing:
                    ExpirePairing_NeedsLock(commit, pairing.Session, now);
                    break;
                case CodeDeadline code:
                    RemoveCode_NeedsLock(commit, code.Code);
                    break;
                case RetentionDeadline:
                    DropOld_NeedsLock(commit, now);
                    break;
                default:
                    throw new UnreachableException();
            }
        }
    }

    private void ArmTimer_NeedsLock()
    {
        if (_closed || !_deadlines.TryPeek(out var earliest) || (_armedFor is { } armed && armed <= earliest.Due))
        {
            return;
        }

        var now = Now;
        _armedFor = UnixTime.Min(earliest.Due, now.Add(LongestWait));
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, _armedFor.Value.MillisecondsSince(now))), Timeout.InfiniteTimeSpan);
    }

    private sealed class CodeDeadline(string code) : Deadline
    {
        internal string Code { get; } = code;
    }

    private sealed class PairingDeadline(PairingSessionId session) : Deadline
    {
        internal PairingSessionId Session { get; } = session;
    }

    private sealed class RetentionDeadline : Deadline;
}
