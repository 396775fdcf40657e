using System.Text;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimeLimitsTests
{
    [Fact]
    public async Task Deadline_DaysAway_ComesAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync(), within: TimeSpan.FromDays(3)));
        nodes.Clock.Advance(TimeSpan.FromDays(1));
        nodes.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(pending.Id).State);

        nodes.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(CapabilityRequestState.TimedOut, nodes.Store.Copy().CapabilityRequests[pending.Id].State);
    }

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, "payload_too_large")]
    public async Task Complete_OutputAtOrOverTheLimit_IsToldToTheNode(int bytes, string? code)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, max: 8));

        var answer = await nodes.Runtime.Complete(pending.Id, device, true, Encoding.UTF8.GetBytes(new string('1', bytes)), "ignored");

        Assert.Equal(code, answer.Refusal?.Code);
        Assert.Equal((code is null, code is null), ((await pending.Completion).Success, nodes.Request(pending.Id).Error is null));
    }

    [Fact]
    public async Task Deadline_DispatchesLapse_MakeRoomForTheNext()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        for (var i = 0; i < CapabilityRequestDecider.MaxInFlightPerDevice; i++)
        {
            NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        }

        var next = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(next.Id).State);
        nodes.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(CapabilityRequestState.Dispatched, nodes.Request(next.Id).State);
    }

    [Fact]
    public async Task OpenAsync_FinishedRequestsWereTouchedSince_DropsThoseThatFinishedFirst()
    {
        var store = new InMemoryNodeRuntimeStore();
        var first = Changes.Request(1);
        var second = Changes.Request(2);
        await store.Append(
        [
            new NodeRuntimeChange.PutCapabilityRequest(first with { CompletedAt = second.CompletedAt!.Value.AddMilliseconds(1L) }),
            new NodeRuntimeChange.PutCapabilityRequest(second),
        ]);
        var clock = new FakeTimeProvider(second.UpdatedAt.ToDateTimeOffset());

        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1 }, store, clock);

        Assert.Equal(first.Id, Assert.Single(nodes.Runtime.ListRequests()).Id);
    }

    [Fact]
    public async Task RegisterNode_NoCapabilities_IsToldWhichArgument()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await Assert.ThrowsAsync<ArgumentNullException>("capabilities", async () => await nodes.Runtime.RegisterNode(NodeRuntimes.Device(1), "linux-x86_64", null!));
    }

    [Fact]
    public async Task Enqueue_TokenCancelledBeforeItIsDurable_IsNeverDispatched()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var cancellation = new CancellationTokenSource();
        nodes.Store.IsHolding = true;
        var queued = nodes.EnqueueAsync(device, cancellation: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        nodes.Store.IsHolding = false;
        nodes.Store.Release();

        var outcome = await NodeRuntimes.Accepted(await queued).Completion;

        Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.Cancelled), (outcome.State, outcome.Error));
        using var connection = nodes.Connect(device);
        Assert.False(connection.Dispatches.TryRead(out _));
    }
}
