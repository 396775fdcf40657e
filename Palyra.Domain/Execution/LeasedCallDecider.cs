using System.Diagnostics;
using System.Security.Cryptography;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Fleet;

namespace Palyra.Domain.Execution;

/// <summary>What is known about a call on a leased worker. The default knows nothing.</summary>
internal readonly record struct LeasedCallState(bool Started, CapabilityOutcome? Answer, bool DigestVerified);

/// <summary>How a call on a leased worker ended.</summary>
internal sealed record LeasedCallEnd(bool Success, string ReasonCode, string? Error, bool TimedOut)
{
    /// <summary>Whether the lease was completed with a verified cleanup, so that nobody works on it any more.</summary>
    internal bool LeaseCompleted { get; init; }

    internal static LeasedCallEnd Failed(string code, string error, bool timedOut = false) => new(false, code, error, timedOut);
}

/// <summary>What a signal does to a call: it goes on in another state, or it ends.</summary>
internal readonly record struct LeasedCallStep(LeasedCallState State, LeasedCallEnd? End);

/// <summary>Decides, signal by signal, how a call on a leased worker goes on. Pure; whatever it does not know ends the call.</summary>
internal static class LeasedCallDecider
{
    private static readonly LeasedCallEnd Lapsed = LeasedCallEnd.Failed(ExecutionReason.DispatchLapsed, "The worker did not begin in time.", timedOut: true);
    private static readonly LeasedCallEnd OutOfTime = LeasedCallEnd.Failed(WorkerReason.TtlExpired, "The lease expired before the call was complete.", timedOut: true);

    internal static LeasedCallStep Decide(LeasedCallState state, CallSignal signal) => signal switch
    {
        CallSignal.Started => new(state with { Started = true }, null),
        CallSignal.Answered answered => Answer(state, answered.Outcome),
        CallSignal.DigestReported report => Verify(state, report.Sha256),
        CallSignal.LeaseEnded ended => new(state, End(state, ended.ReasonCode)),
        CallSignal.Expired => new(state, OutOfTime),
        CallSignal.StartOverdue => new(state, state.Started || state.Answer is not null ? null : Lapsed),
        CallSignal.CleanupOverdue => new(state, LeasedCallEnd.Failed(ExecutionReason.CleanupOverdue, "The worker did not report its cleanup in time.", timedOut: true)),
        CallSignal.Abandoned abandoned => new(state, LeasedCallEnd.Failed(abandoned.ReasonCode, "The call was ended before it was complete.")),
        _ => throw new UnreachableException(),
    };

    /// <summary>Lower-case hex SHA-256; of nothing when there is nothing.</summary>
    internal static string Digest(ReadOnlyMemory<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content.Span));

    private static LeasedCallStep Answer(LeasedCallState state, CapabilityOutcome outcome)
    {
        var next = state with { Answer = outcome };
        // A node that answered, well or badly, still has to clean up; a request that the runtime gave up on has nobody behind it.
        return outcome switch
        {
            { State: CapabilityRequestState.Succeeded } => new(next, null),
            { State: CapabilityRequestState.Failed } when !CapabilityErrors.IsAbandonment(outcome.Error) => new(next, null),

            // The runtime keeps the same two times as the call; whichever timer comes first, the code is the same.
            { Error: CapabilityErrors.NotStarted } => new(next, Lapsed),
            { State: CapabilityRequestState.TimedOut } => new(next, OutOfTime),
            { State: CapabilityRequestState.Rejected } => new(next, LeasedCallEnd.Failed(ExecutionReason.DispatchRejected, outcome.Error ?? "rejected")),
            _ => new(next, LeasedCallEnd.Failed(ExecutionReason.NodeLost, outcome.Error ?? CapabilityErrors.Unspecified)),
        };
    }

    private static LeasedCallStep Verify(LeasedCallState state, string? reported)
    {
        if (state.Answer is not { } answer)
        {
            return new(state, LeasedCallEnd.Failed(ExecutionReason.ResultMissing, "The worker reported its cleanup without a result."));
        }

        // INVARIANT: nothing completes unless both sides computed the same digest. No output on a failure has no digest on either side.
        var matches = string.IsNullOrEmpty(reported)
            ? answer.OutputJson.IsEmpty
            : string.Equals(reported, Digest(answer.OutputJson), StringComparison.OrdinalIgnoreCase);
        return matches
            ? new(state with { DigestVerified = true }, null)
            : new(state, LeasedCallEnd.Failed(ExecutionReason.OutputDigestMismatch, "The output that arrived is not the output that the worker sent."));
    }

    private static LeasedCallEnd End(LeasedCallState state, string reasonCode)
    {
        if (reasonCode != WorkerReason.Completed)
        {
            return LeasedCallEnd.Failed(reasonCode, "The lease ended before the call was complete.", reasonCode == WorkerReason.TtlExpired);
        }

        var end = state switch
        {
            { Answer: null } or { DigestVerified: false } => LeasedCallEnd.Failed(
                ExecutionReason.CompletionUnverified, "The lease was completed before result and digest were compared."),
            { Answer.Success: false } => LeasedCallEnd.Failed(ExecutionReason.ToolFailed, state.Answer.Error ?? CapabilityErrors.Unspecified),
            _ => new LeasedCallEnd(true, ExecutionReason.Completed, null, false),
        };
        return end with { LeaseCompleted = true };
    }
}
