using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Capabilities;

public class CapabilityRequestDeciderTests
{
    private const CapabilityRequestState Queued = CapabilityRequestState.Queued;
    private const CapabilityRequestState Dispatched = CapabilityRequestState.Dispatched;
    private const CapabilityRequestState Awaiting = CapabilityRequestState.AwaitingLocalMediation;

    private static readonly UnixTime Now = new(10_000);
    private static readonly DeviceId Device = NodeRuntimes.Device(1);
    private static readonly DeviceId Other = NodeRuntimes.Device(2);

    // Every row of the table; what is not here is refused.
    private static readonly Dictionary<(CapabilityRequestState From, CapabilityAct Act), CapabilityRequestState> Table = new()
    {
        [(Queued, CapabilityAct.Dispatch)] = Dispatched,
        [(Dispatched, CapabilityAct.AwaitLocalMediation)] = Awaiting,
        [(Dispatched, CapabilityAct.Accept)] = Dispatched,
        [(Awaiting, CapabilityAct.Accept)] = Awaiting,
        [(Dispatched, CapabilityAct.Complete)] = CapabilityRequestState.Succeeded,
        [(Awaiting, CapabilityAct.Complete)] = CapabilityRequestState.Succeeded,
        [(Queued, CapabilityAct.TimeOut)] = CapabilityRequestState.TimedOut,
        [(Dispatched, CapabilityAct.TimeOut)] = CapabilityRequestState.TimedOut,
        [(Awaiting, CapabilityAct.TimeOut)] = CapabilityRequestState.TimedOut,
        [(Queued, CapabilityAct.Reject)] = CapabilityRequestState.Rejected,
        [(Queued, CapabilityAct.Abandon)] = CapabilityRequestState.Failed,
        [(Dispatched, CapabilityAct.Abandon)] = CapabilityRequestState.Failed,
        [(Awaiting, CapabilityAct.Abandon)] = CapabilityRequestState.Failed,
    };

    public static TheoryData<CapabilityRequestState, CapabilityAct> EveryPair()
    {
        var pairs = new TheoryData<CapabilityRequestState, CapabilityAct>();
        foreach (var state in Enum.GetValues<CapabilityRequestState>())
        {
            foreach (var act in Enum.GetValues<CapabilityAct>().Where(act => act != CapabilityAct.Unspecified))
            {
                pairs.Add(state, act);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void Act_InEveryState_FollowsTheTableOrIsRefused(CapabilityRequestState from, CapabilityAct act)
    {
        var result = Take(In(from), act);

        if (Table.TryGetValue((from, act), out var to))
        {
            Assert.Equal(to, result.Value.State);
        }
        else
        {
            Assert.Contains(result.Refusal!.Code, new[] { "InvalidCapabilityTransition", "duplicate_result", "late_result" });
        }
    }

    [Theory]
    [InlineData(CapabilityAct.Accept)]
    [InlineData(CapabilityAct.AwaitLocalMediation)]
    [InlineData(CapabilityAct.Complete)]
    public void Act_FromAnotherDevice_IsForeignInEveryState(CapabilityAct act) => Assert.All(
        Enum.GetValues<CapabilityRequestState>(),
        state => Assert.Equal("foreign_result", Take(In(state), act, Other).Refusal?.Code));

    [Fact]
    public void Complete_WithoutSuccess_Fails()
    {
        var failed = CapabilityRequestDecider.Complete(In(Dispatched), Result(success: false, error: "permission denied"), Now).Value;

        Assert.Equal((CapabilityRequestState.Failed, "permission denied", (UnixTime?)Now), (failed.State, failed.Error, failed.CompletedAt));
    }

    [Theory]
    [InlineData(CapabilityErrors.NotStarted)]
    [InlineData(CapabilityErrors.StreamLost)]
    [InlineData(CapabilityErrors.GatewayRestarted)]
    public void Complete_NodeUsesTheGatewaysOwnWords_IsQuotedAndStaysAFailureOfTheNode(string words)
    {
        var failed = CapabilityRequestDecider.Complete(In(Dispatched), Result(success: false, error: words), Now).Value;

        Assert.Equal("node reported: " + words, failed.Error);
        Assert.Equal("duplicate_result", CapabilityRequestDecider.Complete(failed, Result(), Now).Refusal?.Code);
    }

    [Fact]
    public void Complete_WithoutSuccessOrReason_SaysSo() =>
        Assert.Equal(CapabilityErrors.Unspecified, CapabilityRequestDecider.Complete(In(Dispatched), Result(success: false), Now).Value.Error);

    [Fact]
    public void Complete_WithSuccess_HasNoErrorWhateverTheNodeWrote()
    {
        var succeeded = CapabilityRequestDecider.Complete(In(Dispatched), Result(error: "never mind"), Now).Value;

        Assert.Equal((CapabilityRequestState.Succeeded, null, "{}"), (succeeded.State, succeeded.Error, succeeded.OutputSummary));
    }

    [Theory]
    [InlineData(100, CapabilityRequestState.Succeeded)]
    [InlineData(101, CapabilityRequestState.Failed)]
    public void Complete_OutputAtAndOverTheLimit(long bytes, CapabilityRequestState expected) =>
        Assert.Equal(expected, CapabilityRequestDecider.Complete(In(Dispatched) with { MaxPayloadBytes = 100 }, Result(bytes: bytes), Now).Value.State);

    [Fact]
    public void Complete_OutputOverTheLimit_KeepsNothingOfIt()
    {
        var failed = CapabilityRequestDecider.Complete(In(Dispatched) with { MaxPayloadBytes = 1 }, Result(bytes: 2), Now).Value;

        Assert.Equal(("payload_too_large", null), (failed.Error, failed.OutputSummary));
    }

    [Theory]
    [InlineData(CapabilityRequestState.Succeeded, null, "duplicate_result")]
    [InlineData(CapabilityRequestState.Failed, "permission denied", "duplicate_result")]
    [InlineData(CapabilityRequestState.Failed, CapabilityErrors.Cancelled, "late_result")]
    [InlineData(CapabilityRequestState.Failed, CapabilityErrors.GatewayRestarted, "late_result")]
    [InlineData(CapabilityRequestState.Failed, CapabilityErrors.StreamLost, "late_result")]
    [InlineData(CapabilityRequestState.TimedOut, CapabilityErrors.TimedOut, "late_result")]
    [InlineData(CapabilityRequestState.Rejected, "queue_full", "late_result")]
    public void Complete_FinalRequest_IsDuplicateOrLate(CapabilityRequestState state, string? error, string code) =>
        Assert.Equal(code, CapabilityRequestDecider.Complete(In(state) with { Error = error }, Result(), Now).Refusal?.Code);

    // In the order of the checks: each wish fails its check and every later one, and is refused for the first.
    [Theory]
    [InlineData("bad name", -1, false, true, 256, 2_000_000, "invalid_capability_field")]
    [InlineData("missing", -1, false, true, 256, 2_000_000, "deadline_exceeded")]
    [InlineData("missing", 1, false, true, 256, 2_000_000, "node_not_registered")]
    [InlineData("missing", 1, true, true, 256, 2_000_000, "device_revoked")]
    [InlineData("missing", 1, true, false, 256, 2_000_000, "capability_unavailable")]
    [InlineData("withdrawn", 1, true, false, 256, 2_000_000, "capability_unavailable")]
    [InlineData("echo", 1, true, false, 256, 2_000_000, "payload_too_large")]
    [InlineData("echo", 1, true, false, 256, 10, "queue_full")]
    [InlineData("echo", 1, true, false, 255, 1_048_576, null)]
    [InlineData("echo", 0, true, false, 0, 10, "deadline_exceeded")]
    public void Enqueue_ChecksInOrder(string capability, int deadlineIn, bool registered, bool revoked, int queued, long bytes, string? code)
    {
        var wish = Wish(capability) with { Deadline = Now.AddMilliseconds((long)deadlineIn), InputBytes = bytes };

        Assert.Equal(code, CapabilityRequestDecider.Enqueue(wish, registered ? Node() : null, revoked, queued, Now).Refusal?.Code);
    }

    [Theory]
    [InlineData(0UL, 1024UL * 1024)]
    [InlineData(1UL, 1UL)]
    [InlineData(16UL * 1024 * 1024, 16UL * 1024 * 1024)]
    [InlineData((16UL * 1024 * 1024) + 1, 16UL * 1024 * 1024)]
    [InlineData(ulong.MaxValue, 16UL * 1024 * 1024)]
    public void Enqueue_Limit_IsDefaultedAndCapped(ulong asked, ulong effective) =>
        Assert.Equal(effective, CapabilityRequestDecider.Enqueue(Wish("echo") with { MaxPayloadBytes = asked, InputBytes = 0 }, Node(), false, 0, Now).Value.MaxPayloadBytes);

    [Fact]
    public void IsRecorded_ReasonTheTableNames_IsTrue()
    {
        Refusal[] named =
        [
            new CapabilityRefusal.DeviceRevoked(Device), new CapabilityRefusal.CapabilityUnavailable("echo"),
            new CapabilityRefusal.PayloadTooLarge("input", 2, 1), new CapabilityRefusal.QueueFull(Device, 256),
        ];
        Assert.All(named, reason => Assert.True(CapabilityRequestDecider.IsRecorded(reason), reason.Code));
    }

    [Fact]
    public void IsRecorded_AnyOtherReason_IsFalse()
    {
        Refusal[] others = [new CapabilityRefusal.InvalidField("capability", "is wrong"), new CapabilityRefusal.DeadlineExceeded(), new NodeRefusal.NotRegistered(Device)];
        Assert.All(others, reason => Assert.False(CapabilityRequestDecider.IsRecorded(reason), reason.Code));
    }

    [Fact]
    public void Rejected_Record_IsFinalAndNamesTheReason()
    {
        var record = CapabilityRequestDecider.Rejected(Wish("echo"), new CapabilityRefusal.QueueFull(Device, 256), Now);

        Assert.True(record.IsFinal);
        Assert.Equal((CapabilityRequestState.Rejected, "queue_full", (UnixTime?)null), (record.State, record.Error, record.DispatchedAt));
    }

    private static Result<CapabilityRequestRecord> Take(CapabilityRequestRecord request, CapabilityAct act, DeviceId? sender = null) => act switch
    {
        CapabilityAct.Dispatch => CapabilityRequestDecider.Dispatch(request, Now),
        CapabilityAct.AwaitLocalMediation => CapabilityRequestDecider.AwaitLocalMediation(request, sender ?? Device, Now),
        CapabilityAct.Accept => CapabilityRequestDecider.Accept(request, sender ?? Device),
        CapabilityAct.Complete => CapabilityRequestDecider.Complete(request, Result() with { Sender = sender ?? Device }, Now),
        CapabilityAct.TimeOut => CapabilityRequestDecider.TimeOut(request, CapabilityErrors.TimedOut, Now),
        CapabilityAct.Reject => CapabilityRequestDecider.Reject(request, "queue_full", Now),
        CapabilityAct.Abandon => CapabilityRequestDecider.Abandon(request, CapabilityErrors.Cancelled, Now),
        _ => throw new ArgumentOutOfRangeException(nameof(act)),
    };

    private static CapabilityRequestRecord In(CapabilityRequestState state) => Changes.Request(1, state) with { DeviceId = Device };

    private static CapabilityResult Result(bool success = true, long bytes = 2, string? error = null) => new(Device, success, bytes, "{}", error);

    private static CapabilityWish Wish(string capability) => new(Changes.RequestId(1), Device, capability, 2, "{}", 0, Now.AddMilliseconds(1L));

    private static NodeRecord Node() => new()
    {
        DeviceId = Device,
        Platform = "linux",
        Capabilities = [new NodeCapability("echo", true), new NodeCapability("withdrawn", false)],
        RegisteredAt = Now,
        LastSeenAt = Now,
    };
}
