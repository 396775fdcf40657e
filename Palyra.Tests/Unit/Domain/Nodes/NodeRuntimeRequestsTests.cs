using System.Text;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimeRequestsTests
{
    [Fact]
    public async Task Enqueue_257thQueued_IsRejectedAtOnceAndRecorded()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        for (var i = 0; i < 256; i++)
        {
            Assert.True((await nodes.EnqueueAsync(device)).IsOk);
        }

        Assert.Equal("queue_full", (await nodes.EnqueueAsync(device)).Refusal?.Code);
        var rejected = Assert.Single(nodes.Store.Copy().CapabilityRequests.Values, request => request.State == CapabilityRequestState.Rejected);
        Assert.Equal("queue_full", rejected.Error);
    }

    [Fact]
    public async Task Enqueue_QueueOfAnotherDeviceIsFull_IsAccepted()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (full, other) = (await nodes.NodeAsync(1), await nodes.NodeAsync(2));
        for (var i = 0; i < 256; i++)
        {
            await nodes.EnqueueAsync(full);
        }

        Assert.True((await nodes.EnqueueAsync(other)).IsOk);
    }

    [Fact]
    public async Task Enqueue_InputOverTheLimit_IsRejected()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();

        Assert.Equal("payload_too_large", (await nodes.EnqueueAsync(device, "12345", max: 4)).Refusal?.Code);
        Assert.True((await nodes.EnqueueAsync(device, "1234", max: 4)).IsOk);
    }

    [Fact]
    public async Task Enqueue_UnknownDevice_LeavesNoRecord()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("node_not_registered", (await nodes.EnqueueAsync(NodeRuntimes.Device(9))).Refusal?.Code);
        Assert.Empty(nodes.Runtime.ListRequests());
    }

    [Fact]
    public async Task Enqueue_Input_IsKeptAsARedactedSummaryOnly()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();

        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, "{\"password\":\"hunter2\"}"));

        Assert.Equal("{\"password\":\"<redacted>\"}", nodes.Request(pending.Id).InputSummary);
    }

    [Fact]
    public async Task Complete_ForeignDevice_ChangesNothing()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);
        var other = await nodes.NodeAsync(2);

        Assert.Equal("foreign_result", (await nodes.Runtime.Complete(pending.Id, other, true, default, null)).Refusal?.Code);
        Assert.Equal("foreign_result", (await nodes.Runtime.MarkAwaiting(pending.Id, other)).Refusal?.Code);
        Assert.Equal("foreign_result", (await nodes.Runtime.MarkAccepted(pending.Id, other)).Refusal?.Code);
        Assert.Equal(CapabilityRequestState.Dispatched, nodes.Request(pending.Id).State);
        Assert.True((await nodes.Runtime.Complete(pending.Id, device, true, default, null)).IsOk);
    }

    [Fact]
    public async Task Complete_Twice_IsReportedAsDuplicate()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);
        await nodes.Runtime.Complete(pending.Id, device, true, "1"u8.ToArray(), null);

        Assert.Equal("duplicate_result", (await nodes.Runtime.Complete(pending.Id, device, false, default, "no")).Refusal?.Code);
        Assert.Equal((CapabilityRequestState.Succeeded, "1"), (nodes.Request(pending.Id).State, nodes.Request(pending.Id).OutputSummary));
    }

    [Fact]
    public async Task Complete_AfterTheDeadline_IsReportedAsLate()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);
        await nodes.Runtime.MarkAccepted(pending.Id, device);
        nodes.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("late_result", (await nodes.Runtime.Complete(pending.Id, device, true, default, null)).Refusal?.Code);
        Assert.Equal(CapabilityRequestState.TimedOut, (await pending.Completion).State);
    }

    [Fact]
    public async Task Complete_Oversized_FailsTheRequestAndTellsTheNode()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, "1", max: 4));

        Assert.Equal("payload_too_large", (await nodes.Runtime.Complete(pending.Id, device, true, "12345"u8.ToArray(), null)).Refusal?.Code);

        var outcome = await pending.Completion;
        Assert.Equal((CapabilityRequestState.Failed, "payload_too_large", 0), (outcome.State, outcome.Error, outcome.OutputJson.Length));
    }

    [Fact]
    public async Task Complete_Queued_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));

        Assert.Equal("InvalidCapabilityTransition", (await nodes.Runtime.Complete(pending.Id, device, true, default, null)).Refusal?.Code);
    }

    [Fact]
    public async Task Complete_Unknown_IsReported()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("unknown_request", (await nodes.Runtime.Complete(Changes.RequestId(1), await nodes.NodeAsync(), true, default, null)).Refusal?.Code);
    }

    [Fact]
    public async Task Complete_WithError_IsRedacted()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);

        await nodes.Runtime.Complete(pending.Id, device, false, "{\"partial\":1}"u8.ToArray(), "refused: token=hunter2");

        var outcome = await pending.Completion;
        Assert.Equal("refused: token=<redacted>", outcome.Error);
        Assert.Equal("{\"partial\":1}", Encoding.UTF8.GetString(outcome.OutputJson.Span));
    }

    [Fact]
    public async Task Complete_TouchesTheNode()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);
        nodes.Clock.Advance(TimeSpan.FromSeconds(3));

        await nodes.Runtime.Complete(pending.Id, device, true, default, null);

        Assert.True(nodes.Runtime.TryFindNode(device, out var node));
        Assert.Equal(("capability.result", nodes.Now), (node.LastEventName, node.LastSeenAt));
    }

    [Fact]
    public async Task MarkAwaiting_Dispatched_WaitsForTheUserUntilTheDeadline()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);

        NodeRuntimes.Accepted(await nodes.Runtime.MarkAwaiting(pending.Id, device));
        nodes.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(CapabilityRequestState.AwaitingLocalMediation, nodes.Request(pending.Id).State);
        NodeRuntimes.Accepted(await nodes.Runtime.Complete(pending.Id, device, true, default, null));
    }

    [Fact]
    public async Task Cancel_Queued_IsNeverDispatched()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var cancellation = new CancellationTokenSource();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, cancellation: cancellation.Token));

        await cancellation.CancelAsync();
        using var connection = nodes.Connect(device);

        Assert.False(connection.Dispatches.TryRead(out _));
        var outcome = await pending.Completion;
        Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.Cancelled, false), (outcome.State, outcome.Error, outcome.Started));
    }

    [Fact]
    public async Task Cancel_InFlight_MakesRoomAndItsResultIsLate()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, device) = await DispatchedAsync(nodes);

        NodeRuntimes.Accepted(await nodes.Runtime.Cancel(pending.Id));

        Assert.Equal("late_result", (await nodes.Runtime.Complete(pending.Id, device, true, default, null)).Refusal?.Code);
        Assert.Equal("InvalidCapabilityTransition", (await nodes.Runtime.Cancel(pending.Id)).Refusal?.Code);
    }

    [Fact]
    public async Task Enqueue_TokenCancelledBefore_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("cancelled", (await nodes.EnqueueAsync(await nodes.NodeAsync(), cancellation: new CancellationToken(true))).Refusal?.Code);
    }

    [Fact]
    public async Task Cancel_Unknown_IsReported()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("unknown_request", (await nodes.Runtime.Cancel(Changes.RequestId(1))).Refusal?.Code);
    }

    [Fact]
    public async Task Deadline_Queued_TimesOut()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync(), within: TimeSpan.FromSeconds(10)));

        nodes.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((CapabilityRequestState.TimedOut, CapabilityErrors.TimedOut), ((await pending.Completion).State, (await pending.Completion).Error));
    }

    [Fact]
    public async Task Deadline_DispatchNobodyAcknowledges_LapsesAfterThirtySeconds()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var (pending, _) = await DispatchedAsync(nodes);

        nodes.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal((CapabilityRequestState.TimedOut, CapabilityErrors.NotStarted), ((await pending.Completion).State, (await pending.Completion).Error));
    }

    [Fact]
    public async Task Deadline_AtTheEndOfTime_NeverComes()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var pending = NodeRuntimes.Accepted(await nodes.Runtime.Enqueue(device, NodeRuntimes.Echo, default, 0, UnixTime.MaxValue));

        nodes.Clock.Advance(TimeSpan.FromDays(400));

        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(pending.Id).State);
    }

    [Fact]
    public async Task Deadlines_ManyInAnyOrder_EachTimesOutAtItsOwn()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var random = new Random(3);
        var due = new Dictionary<CapabilityRequestId, int>();
        for (var i = 0; i < 200; i++)
        {
            var seconds = random.Next(1, 60);
            due.Add(NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, within: TimeSpan.FromSeconds(seconds))).Id, seconds);
        }

        foreach (var cancelled in due.Keys.Where(_ => random.Next(3) == 0).ToArray())
        {
            await nodes.Runtime.Cancel(cancelled);
            due.Remove(cancelled);
        }

        for (var second = 1; second < 60; second++)
        {
            nodes.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.All(due, request => Assert.Equal(request.Value <= second, nodes.Request(request.Key).State == CapabilityRequestState.TimedOut));
        }
    }

    [Fact]
    public async Task Deadlines_AThousandWaiters_ShareOneTimerThatIsIdleWhenNobodyWaits()
    {
        var clock = new WatchedClock();
        await using var nodes = await NodeRuntimes.OpenAsync(clock: clock);
        var before = clock.Set;
        for (var number = 1; number <= 10; number++)
        {
            var device = await nodes.NodeAsync(number);
            for (var i = 0; i < 100; i++)
            {
                NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
            }
        }

        Assert.Equal((1, 0, 1), (clock.Made, before, clock.Set));
    }

    [Fact]
    public async Task OpenAsync_RequestsFromBefore_FailAsRestarted()
    {
        var before = await NodeRuntimes.OpenAsync();
        var (inFlight, device) = await DispatchedAsync(before);
        var awaiting = NodeRuntimes.Accepted(await before.EnqueueAsync(device));
        await before.Runtime.MarkAwaiting(awaiting.Id, device);
        var offline = await before.NodeAsync(2);
        var queued = NodeRuntimes.Accepted(await before.EnqueueAsync(offline));
        await before.DisposeAsync();

        await using var after = await NodeRuntimes.OpenAsync(store: before.Store, clock: before.Clock);

        Assert.All(
            new[] { inFlight.Id, awaiting.Id, queued.Id },
            id => Assert.Equal((CapabilityRequestState.Failed, "gateway restarted before completion"), (after.Store.Copy().CapabilityRequests[id].State, after.Request(id).Error)));
        Assert.Equal("late_result", (await after.Runtime.Complete(inFlight.Id, device, true, default, null)).Refusal?.Code);
    }

    [Fact]
    public async Task DisposeAsync_SomebodyWaits_IsToldSo()
    {
        var nodes = await NodeRuntimes.OpenAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync()));

        await nodes.DisposeAsync();
        await nodes.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pending.Completion);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await nodes.EnqueueAsync(NodeRuntimes.Device(1)));
    }

    [Fact]
    public async Task Finished_MoreThanAreKept_DropTheOldest()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 3 });
        var device = await nodes.NodeAsync();
        var ids = new List<CapabilityRequestId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id);
            await nodes.Runtime.Cancel(ids[^1]);
        }

        Assert.Equal(ids.TakeLast(3).Order(), nodes.Store.Copy().CapabilityRequests.Keys.Order());
        Assert.False(nodes.Runtime.TryFindRequest(ids[0], out _));
    }

    [Fact]
    public async Task Finished_ByDefault_TheNewestTenThousandAreKept()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        for (var i = 0; i < 10_003; i++)
        {
            await nodes.Runtime.Cancel(NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id);
        }

        Assert.Equal(10_000, nodes.Store.Copy().CapabilityRequests.Count);
    }

    [Fact]
    public async Task Finished_ADayAgo_AreDropped()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var old = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        await nodes.Runtime.Cancel(old.Id);
        nodes.Clock.Advance(TimeSpan.FromHours(12));
        var young = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        await nodes.Runtime.Cancel(young.Id);

        nodes.Clock.Advance(TimeSpan.FromHours(12));

        Assert.Equal([young.Id], nodes.Store.Copy().CapabilityRequests.Keys);
        nodes.Clock.Advance(TimeSpan.FromHours(12));
        Assert.Empty(nodes.Store.Copy().CapabilityRequests);
    }

    [Fact]
    public async Task OpenAsync_MoreFinishedThanAreKept_DropsTheOldest()
    {
        var store = new InMemoryNodeRuntimeStore();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_700_000));
        await store.Append([.. Enumerable.Range(1, 20).Select(Changes.Put)]);

        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 5 }, store, clock);

        Assert.Equal(Enumerable.Range(16, 5).Select(Changes.RequestId), nodes.Runtime.ListRequests().Select(request => request.Id));
    }

    private static async Task<(PendingCapability Pending, DeviceId Device)> DispatchedAsync(NodeRuntimes nodes)
    {
        var device = await nodes.NodeAsync();
        nodes.Connect(device);
        return (NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)), device);
    }
}
