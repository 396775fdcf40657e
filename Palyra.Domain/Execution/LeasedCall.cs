using System.Threading.Channels;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Execution;

/// <summary>
/// One attempt on one worker: its mailbox, and the loop that reads it. Whoever has news writes a signal and goes on; only the loop decides.
/// </summary>
internal sealed class LeasedCall(LeaseId leaseId, TimeProvider clock) : IDisposable
{
    private readonly Channel<CallSignal> _mailbox = Channel.CreateUnbounded<CallSignal>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<ITimer> _timers = [];
    private readonly List<CallSignal.DigestReported> _waiting = [];
    private LeasedCallState _state;
    private bool _acknowledged;

    internal LeaseId LeaseId { get; } = leaseId;

    internal WorkerLease? Lease { get; set; }

    /// <summary>The egress token in text, for the worker's <c>StartWork</c>. A secret.</summary>
    internal string? EgressToken { get; set; }

    internal CapabilityRequestId RequestId { get; set; }

    internal ToolTimings Timings { get; set; } = new();

    /// <summary>Whether execution had begun, so that it may have had effects.</summary>
    internal bool Started => _state.Started || Volatile.Read(ref _acknowledged);

    internal CapabilityOutcome? Answer => _state.Answer;

    /// <summary>Leaves a signal. Never blocks; after the end it is dropped.</summary>
    /// <returns>Whether the call still runs.</returns>
    internal bool Post(CallSignal signal) => _mailbox.Writer.TryWrite(signal);

    /// <summary>Leaves a signal later, unless the call has ended by then.</summary>
    internal void PostAfter(TimeSpan delay, CallSignal signal) => _timers.Add(clock.CreateTimer(
        static state => { var (call, due) = ((LeasedCall, CallSignal))state!; call.Post(due); },
        (this, signal), delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan));

    /// <summary>From now on the call counts as begun, whatever else is known of it.</summary>
    internal void AssumeStarted() => Volatile.Write(ref _acknowledged, true);

    /// <summary>Waits for the request's end in the background and posts it.</summary>
    internal async ValueTask PumpAsync(PendingCapability pending)
    {
        CapabilityOutcome outcome;
        try
        {
            outcome = await pending.Completion.ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // The runtime closed or its store broke: nobody will ever answer.
            outcome = new CapabilityOutcome(pending.Id, CapabilityRequestState.Failed, default, CapabilityErrors.GatewayRestarted, _state.Started);
        }

        // Also when the call has ended meanwhile and drops the answer: a node that acknowledged the work may have had effects.
        if (outcome.Started || outcome.Success)
        {
            AssumeStarted();
        }

        Post(new CallSignal.Answered(outcome));
    }

    /// <summary>What has been posted so far, if it ends the call.</summary>
    internal LeasedCallEnd? TryEnd(TimeSpan cleanUpWithin)
    {
        while (_mailbox.Reader.TryRead(out var signal))
        {
            if (signal is CallSignal.DigestReported early)
            {
                _waiting.Add(early);
            }
            else if (Apply(signal, cleanUpWithin) is { } end)
            {
                return end;
            }
        }

        return null;
    }

    /// <summary>Runs the call to its end.</summary>
    internal async ValueTask<LeasedCallEnd> RunAsync(TimeSpan cleanUpWithin)
    {
        while (true)
        {
            var signal = await _mailbox.Reader.ReadAsync().ConfigureAwait(false);
            if (signal is CallSignal.DigestReported early && _state.Answer is null)
            {
                // The result may still be on its way on the other connection; the lease's expiry bounds the wait.
                _waiting.Add(early);
                continue;
            }

            if (Apply(signal, cleanUpWithin) is { } end)
            {
                return end;
            }

            if (signal is CallSignal.Answered)
            {
                foreach (var report in _waiting.ToArray())
                {
                    if (Apply(report, cleanUpWithin) is { } mismatch)
                    {
                        return mismatch;
                    }

                    _waiting.Remove(report);
                }
            }
        }
    }

    /// <summary>Ends the mailbox; who still waits for a comparison is refused.</summary>
    internal void Close(string reasonCode)
    {
        _mailbox.Writer.TryComplete();
        foreach (var timer in _timers)
        {
            timer.Dispose();
        }

        var refusal = new ExecutionRefusal.CallEnded(LeaseId, reasonCode);
        foreach (var report in _waiting)
        {
            report.Reply.TryWrite(refusal);
        }

        while (_mailbox.Reader.TryRead(out var left))
        {
            if (left is CallSignal.DigestReported report)
            {
                report.Reply.TryWrite(refusal);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close(ExecutionReason.Ended);

    private LeasedCallEnd? Apply(CallSignal signal, TimeSpan cleanUpWithin)
    {
        var step = LeasedCallDecider.Decide(_state, signal);
        var now = UnixTime.Now(clock);
        if (step.State.Started && !_state.Started)
        {
            Timings = Timings with { StartedAt = now };
        }

        if (step.State.Answer is not null && _state.Answer is null)
        {
            Timings = Timings with { ResultAt = now };
            PostAfter(cleanUpWithin, new CallSignal.CleanupOverdue());
        }

        _state = step.State;
        if (signal is CallSignal.DigestReported report)
        {
            report.Reply.TryWrite(step.End is null ? Result.Ok : new ExecutionRefusal.CallEnded(LeaseId, step.End.ReasonCode));
        }

        return step.End;
    }
}
