using System.Threading.Channels;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Execution;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Execution;

public sealed class LeasedCallDeciderTests
{
    private static readonly byte[] Output = "{\"out\":2}"u8.ToArray();

    [Theory]
    [InlineData(false, false, "execution.dispatch_lapsed")]
    [InlineData(true, false, null)]
    [InlineData(false, true, null)]
    [InlineData(true, true, null)]
    public void Decide_StartOverdue_EndsOnlyWhatNeitherBeganNorAnswered(bool started, bool answered, string? code)
    {
        var end = End(new LeasedCallState(started, answered ? Outcome() : null, false), new CallSignal.StartOverdue());

        Assert.Equal((code, code is not null), (end?.ReasonCode, end?.TimedOut ?? false));
    }

    [Theory]
    [InlineData(CapabilityRequestState.Succeeded, null, null, false)]
    [InlineData(CapabilityRequestState.Failed, "boom", null, false)]
    [InlineData(CapabilityRequestState.Failed, null, null, false)]
    [InlineData(CapabilityRequestState.Failed, CapabilityErrors.StreamLost, "execution.node_lost", false)]
    [InlineData(CapabilityRequestState.TimedOut, CapabilityErrors.NotStarted, "execution.dispatch_lapsed", true)]
    [InlineData(CapabilityRequestState.TimedOut, CapabilityErrors.TimedOut, "worker.ttl_expired", true)]
    [InlineData(CapabilityRequestState.Rejected, "queue_full", "execution.dispatch_rejected", false)]
    [InlineData(CapabilityRequestState.Queued, null, "execution.node_lost", false)]
    public void Decide_Answered_EndsOnlyWhenNobodyIsBehindIt(CapabilityRequestState state, string? error, string? code, bool timedOut)
    {
        var outcome = Outcome(state, error);

        var step = LeasedCallDecider.Decide(default, new CallSignal.Answered(outcome));

        Assert.Equal((code, timedOut), (step.End?.ReasonCode, step.End?.TimedOut ?? false));
        Assert.Same(outcome, step.State.Answer);
    }

    [Theory]
    [InlineData(CapabilityRequestState.Rejected, "queue_full", "queue_full")]
    [InlineData(CapabilityRequestState.Rejected, null, "rejected")]
    [InlineData(CapabilityRequestState.Failed, CapabilityErrors.StreamLost, CapabilityErrors.StreamLost)]
    [InlineData(CapabilityRequestState.Queued, null, CapabilityErrors.Unspecified)]
    public void Decide_AnsweredByNobody_RepeatsWhatIsKnown(CapabilityRequestState state, string? error, string told) =>
        Assert.Equal(told, End(default, new CallSignal.Answered(Outcome(state, error)))!.Error);

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(false, "", true)]
    [InlineData(false, "the digest", true)]
    [InlineData(false, "THE DIGEST", true)]
    [InlineData(false, "another", false)]
    [InlineData(true, null, false)]
    [InlineData(true, "", false)]
    [InlineData(true, "the digest", true)]
    [InlineData(true, "THE DIGEST", true)]
    [InlineData(true, "another", false)]
    public void Decide_DigestReported_MatchesTheOutputOrTheLackOfIt(bool hasOutput, string? reported, bool matches)
    {
        var output = hasOutput ? Output : [];
        var digest = LeasedCallDecider.Digest(output);
        reported = reported switch { "the digest" => digest, "THE DIGEST" => digest.ToUpperInvariant(), "another" => LeasedCallDecider.Digest("x"u8.ToArray()), _ => reported };

        var step = LeasedCallDecider.Decide(new LeasedCallState(true, Outcome(output: output), false), Report(reported));

        Assert.Equal((matches, matches ? null : "execution.output_digest_mismatch"), (step.State.DigestVerified, step.End?.ReasonCode));
    }

    [Fact]
    public void Decide_DigestReportedWithoutAResult_Ends() => Assert.Equal("execution.result_missing", End(default, Report(null))!.ReasonCode);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Decide_LeaseCompletedBeforeResultAndDigestWereCompared_IsNoSuccess(bool answered, bool verified)
    {
        var end = End(new LeasedCallState(true, answered ? Outcome() : null, verified), new CallSignal.LeaseEnded("worker.completed"))!;

        Assert.Equal((false, "execution.completion_unverified", true), (end.Success, end.ReasonCode, end.LeaseCompleted));
    }

    [Fact]
    public void Decide_LeaseCompletedAfterTheComparison_IsTheOnlySuccess()
    {
        var end = End(new LeasedCallState(true, Outcome(), true), new CallSignal.LeaseEnded("worker.completed"))!;

        Assert.Equal((true, ExecutionReason.Completed, (string?)null, false, true), (end.Success, end.ReasonCode, end.Error, end.TimedOut, end.LeaseCompleted));
    }

    [Theory]
    [InlineData("boom", "boom")]
    [InlineData(null, CapabilityErrors.Unspecified)]
    public void Decide_LeaseCompletedAfterTheToolFailed_SaysWhy(string? error, string told)
    {
        var failed = new LeasedCallState(true, Outcome(CapabilityRequestState.Failed, error), true);

        var end = End(failed, new CallSignal.LeaseEnded("worker.completed"))!;

        Assert.Equal((false, "execution.tool_failed", told, true), (end.Success, end.ReasonCode, end.Error, end.LeaseCompleted));
    }

    [Theory]
    [InlineData("worker.ttl_expired", true)]
    [InlineData("worker.lease_revoked", false)]
    public void Decide_LeaseEndedOtherwise_TakesItsReason(string code, bool timedOut)
    {
        var end = End(new LeasedCallState(true, Outcome(), true), new CallSignal.LeaseEnded(code))!;

        Assert.Equal((false, code, timedOut, false), (end.Success, end.ReasonCode, end.TimedOut, end.LeaseCompleted));
    }

    private static LeasedCallEnd? End(LeasedCallState state, CallSignal signal) => LeasedCallDecider.Decide(state, signal).End;

    private static CallSignal.DigestReported Report(string? digest) => new(digest, Channel.CreateBounded<Result>(1).Writer);

    private static CapabilityOutcome Outcome(CapabilityRequestState state = CapabilityRequestState.Succeeded, string? error = null, byte[]? output = null) =>
        new(Changes.RequestId(1), state, output ?? Output, error, true);
}
