using System.Threading.Channels;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Execution;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Execution;

public sealed class LeasedCallTests : IDisposable
{
    private static readonly TimeSpan CleanUpWithin = TimeSpan.FromSeconds(30);
    private static readonly byte[] Output = "{}"u8.ToArray();
    private readonly WatchedClock _clock = new();
    private readonly LeasedCall _call;

    public LeasedCallTests() => _call = new LeasedCall(Workers.Lease(1), _clock);

    [Fact]
    public async Task RunAsync_Started_NotesTheFirstTimeOnly()
    {
        _call.Post(new CallSignal.Started());
        var run = Run();
        var first = Now;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _call.Post(new CallSignal.Started());
        _call.Post(new CallSignal.Expired());
        await EndOf(run);

        Assert.Equal((first, null), (_call.Timings.StartedAt, _call.Timings.ResultAt));
        Assert.True(_call.Started);
    }

    [Fact]
    public async Task RunAsync_Answered_NotesTheFirstTimeOnly()
    {
        Answer();
        var run = Run();
        var first = Now;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _call.Post(new CallSignal.StartOverdue());
        Answer();
        _call.Post(new CallSignal.Expired());
        await EndOf(run);

        Assert.Equal((null, first), (_call.Timings.StartedAt, _call.Timings.ResultAt));
    }

    [Fact]
    public async Task RunAsync_Answered_GivesTheCleanupItsTimeFromThen()
    {
        _call.Post(new CallSignal.Started());
        var run = Run();
        _clock.Advance(CleanUpWithin);
        Assert.False(run.IsCompleted);
        Answer();
        var reply = Report();
        await Reply(reply);
        _clock.Advance(CleanUpWithin);

        Assert.Equal("execution.cleanup_overdue", (await EndOf(run)).ReasonCode);
    }

    [Fact]
    public async Task RunAsync_DigestBeforeTheResult_IsComparedOnceItIsThere()
    {
        var early = Report();
        Answer();
        Answer();
        var run = Run();

        Assert.True((await Reply(early)).IsOk);
        _call.Post(new CallSignal.LeaseEnded("worker.completed"));
        Assert.True((await EndOf(run)).Success);
        _call.Close("execution.over");
        Assert.False(early.Reader.TryRead(out _));
    }

    [Fact]
    public async Task TryEnd_DigestBeforeTheDispatch_IsComparedOnceTheResultIsThere()
    {
        var early = Report();
        Assert.Null(_call.TryEnd(CleanUpWithin));
        Answer();
        var run = Run();

        Assert.True((await Reply(early)).IsOk);
        _call.Post(new CallSignal.Expired());
        await EndOf(run);
    }

    [Fact]
    public async Task Close_DigestStillWaitsForTheResult_IsRefusedWithTheReason()
    {
        var waiting = Report();
        _call.Post(new CallSignal.Expired());
        await EndOf(Run());

        _call.Close("execution.over");

        Assert.Equal("execution.over", (await Reply(waiting)).Refusal?.Code);
        Assert.False(waiting.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Close_DigestUnread_IsRefusedWithTheReason()
    {
        var unread = Report();

        _call.Close("execution.over");

        Assert.Equal("execution.over", (await Reply(unread)).Refusal?.Code);
    }

    [Fact]
    public void Close_AnythingLater_IsDroppedAndItsTimersAreGone()
    {
        _call.PostAfter(TimeSpan.FromSeconds(1), new CallSignal.Expired());
        _call.PostAfter(TimeSpan.FromSeconds(2), new CallSignal.StartOverdue());
        Assert.Equal(2, _clock.Running);

        _call.Close("execution.over");

        Assert.Equal(0, _clock.Running);
        Assert.False(_call.Post(new CallSignal.Started()));
    }

    [Theory]
    [InlineData(-60_000)]
    [InlineData(-1)]
    [InlineData(0)]
    public async Task PostAfter_NoTimeLeft_PostsAtOnce(int milliseconds)
    {
        _call.PostAfter(TimeSpan.FromMilliseconds(milliseconds), new CallSignal.Expired());

        Assert.Equal("worker.ttl_expired", (await EndOf(Run())).ReasonCode);
    }

    [Fact]
    public async Task PostAfter_Delay_PostsNoSooner()
    {
        _call.PostAfter(TimeSpan.FromSeconds(2), new CallSignal.Expired());
        _clock.Advance(TimeSpan.FromMilliseconds(1999));
        var run = Run();
        Assert.False(run.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("worker.ttl_expired", (await EndOf(run)).ReasonCode);
    }

    [Theory]
    [InlineData(CapabilityRequestState.Succeeded, true, true)]
    [InlineData(CapabilityRequestState.Succeeded, false, true)]
    [InlineData(CapabilityRequestState.Failed, true, true)]
    [InlineData(CapabilityRequestState.Failed, false, false)]
    public async Task PumpAsync_NodeAcknowledgedOrSucceeded_CountsAsBegunEvenAfterTheEnd(CapabilityRequestState state, bool acknowledged, bool begun)
    {
        _call.Close("execution.over");

        await Pump(new CapabilityOutcome(Changes.RequestId(1), state, default, null, acknowledged));

        Assert.Equal(begun, _call.Started);
    }

    [Fact]
    public async Task PumpAsync_LaterOutcomeKnowsNothing_StaysBegun()
    {
        _call.AssumeStarted();

        await Pump(new CapabilityOutcome(Changes.RequestId(1), CapabilityRequestState.Failed, default, null, false));

        Assert.True(_call.Started);
    }

    [Fact]
    public async Task PumpAsync_RuntimeCloses_EndsTheCallAsLost()
    {
        await _call.PumpAsync(new PendingCapability(Changes.RequestId(1), ValueTask.FromException<CapabilityOutcome>(new ObjectDisposedException("runtime"))));

        var end = await EndOf(Run());
        Assert.Equal(("execution.node_lost", CapabilityErrors.GatewayRestarted, false), (end.ReasonCode, end.Error, _call.Started));
    }

    public void Dispose() => _call.Dispose();

    private UnixTime Now => UnixTime.Now(_clock);

    private ValueTask Pump(CapabilityOutcome outcome) => _call.PumpAsync(new PendingCapability(outcome.Id, ValueTask.FromResult(outcome)));

    private Task<LeasedCallEnd> Run() => _call.RunAsync(CleanUpWithin).AsTask();

    private void Answer() =>
        _call.Post(new CallSignal.Answered(new CapabilityOutcome(Changes.RequestId(1), CapabilityRequestState.Succeeded, Output, null, true)));

    private Channel<Result> Report()
    {
        var reply = Channel.CreateUnbounded<Result>();
        Assert.True(_call.Post(new CallSignal.DigestReported(LeasedCallDecider.Digest(Output), reply.Writer)));
        return reply;
    }

    private static async Task<Result> Reply(Channel<Result> reply) => await reply.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    private static Task<LeasedCallEnd> EndOf(Task<LeasedCallEnd> run) => run.WaitAsync(TimeSpan.FromSeconds(20));
}
