using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

/// <summary>Which finished requests are kept, also when the store loses a change, and who ends what when the runtime closes.</summary>
public class NodeRuntimeRetentionTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public async Task Enqueue_RejectedAtOnce_CountsAsFinished()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1 });
        var device = await nodes.NodeAsync();
        await nodes.EnqueueAsync(device, capability: "other");
        nodes.Clock.Advance(TimeSpan.FromSeconds(1));
        await nodes.EnqueueAsync(device, capability: "another");

        Assert.Equal("another", Assert.Single(nodes.Store.Copy().CapabilityRequests.Values).Capability);
    }

    [Fact]
    public async Task Complete_LostOnce_CountsOnce()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1 });
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.Complete(pending.Id, device, true, default, null));
        nodes.Store.IsBroken = false;
        NodeRuntimes.Accepted(await nodes.Runtime.Complete(pending.Id, device, true, default, null));

        Assert.Equal(CapabilityRequestState.Succeeded, nodes.Request(pending.Id).State);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public async Task OpenAsync_FinishedADayAgo_IsDroppedAtOnce(int milliseconds, int kept)
    {
        var nodes = await NodeRuntimes.OpenAsync();
        var (now, finished) = (nodes.Now, nodes.Now.Add(-Day).AddMilliseconds((long)milliseconds));
        await nodes.Store.Append([new NodeRuntimeChange.PutCapabilityRequest(Changes.Request(1) with { CompletedAt = finished, UpdatedAt = now })]);
        await nodes.DisposeAsync();

        await using var reopened = await NodeRuntimes.OpenAsync(store: nodes.Store, clock: nodes.Clock);

        Assert.Equal(kept, reopened.Store.Copy().CapabilityRequests.Count);
        reopened.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty(reopened.Store.Copy().CapabilityRequests);
    }

    [Theory]
    [InlineData(20, 10, 1)]
    [InlineData(10, 20, 2)]
    [InlineData(10, 10, 2)]
    public async Task OpenAsync_MoreFinishedThanAreKept_KeepsWhatFinishedLast(long first, long second, int kept)
    {
        var nodes = await NodeRuntimes.OpenAsync();
        var now = nodes.Now;
        await nodes.Store.Append(
        [
            Finished(1, first, now.AddMilliseconds(-second)),
            Finished(2, second, now.AddMilliseconds(-first)),
        ]);
        await nodes.DisposeAsync();

        await using var reopened = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1 }, nodes.Store, nodes.Clock);

        Assert.Equal([Changes.RequestId(kept)], reopened.Store.Copy().CapabilityRequests.Keys);

        NodeRuntimeChange Finished(int number, long completed, UnixTime updated) =>
            new NodeRuntimeChange.PutCapabilityRequest(Changes.Request(number) with { CompletedAt = now.AddMilliseconds(completed - 100), UpdatedAt = updated });
    }

    [Fact]
    public async Task Enqueue_TokenIsCancelledLater_EndsTheRequest()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync(), cancellation: cancellation.Token));

        await cancellation.CancelAsync();

        var outcome = await pending.Completion.AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.Cancelled), (outcome.State, outcome.Error));
    }

    [Fact]
    public async Task MarkStarted_WorkerOfTheLease_AcknowledgesItsRequestOnly()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var other = await nodes.NodeAsync(2);
        using var connection = nodes.Connect(device);
        var unleased = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        var leased = await LeasedAsync(nodes, device, Workers.Lease(1));

        Assert.Equal("unknown_request", (await nodes.Runtime.MarkStarted(Workers.Lease(2), device)).Refusal?.Code);
        Assert.Equal("unknown_request", (await nodes.Runtime.MarkStarted(Workers.Lease(1), other)).Refusal?.Code);
        Assert.Equal(leased, NodeRuntimes.Accepted(await nodes.Runtime.MarkStarted(Workers.Lease(1), device)).Id);

        nodes.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(CapabilityRequestState.TimedOut, nodes.Request(unleased.Id).State);
        Assert.False(nodes.Request(leased).IsFinal);
    }

    [Fact]
    public async Task ChangeNode_NotRegistered_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("node_not_registered", (await nodes.Runtime.SetCapability(NodeRuntimes.Device(1), "echo", true)).Refusal?.Code);
        Assert.Equal("node_not_registered", (await nodes.Runtime.Touch(NodeRuntimes.Device(1), "node.heartbeat")).Refusal?.Code);
    }

    [Fact]
    public async Task DisposeAsync_Twice_EndsStreamsAndClosesTheStoreOnce()
    {
        var nodes = await NodeRuntimes.OpenAsync();
        var connection = nodes.Connect(await nodes.NodeAsync());

        await nodes.DisposeAsync();
        await nodes.DisposeAsync();

        Assert.True(connection.Dispatches.Completion.IsCompleted);
        Assert.Equal(1, nodes.Store.Disposals);
    }

    public static TheoryData<NodeRuntimeOptions> BadOptions => [new() { StartTimeout = TimeSpan.Zero }, new() { FinishedFor = TimeSpan.Zero }, new() { MaxFinished = -1 }];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public Task OpenAsync_LimitOutOfRange_Throws(NodeRuntimeOptions options) => Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => NodeRuntimes.OpenAsync(options));

    [Fact]
    public void Apply_AnyChange_GivesTheOneThatTakesItBack()
    {
        NodeRuntimeChange[] puts =
        [
            new NodeRuntimeChange.PutCode(Handshakes.Pin()), new NodeRuntimeChange.PutCode(Handshakes.Pin() with { IssuedBy = "another" }),
            new NodeRuntimeChange.PutPairingRequest(Pairings.In(Palyra.Domain.Pairing.PairingRequestState.PendingApproval)),
            new NodeRuntimeChange.PutPairingRequest(Pairings.In(Palyra.Domain.Pairing.PairingRequestState.Approved)),
            Changes.Put(1), new NodeRuntimeChange.PutCapabilityRequest(Changes.Request(1, CapabilityRequestState.Failed)),
            Node("linux"), Node("other"),
        ];
        var state = new NodeRuntimeState();
        for (var i = 0; i < puts.Length; i += 2)
        {
            var removal = state.Apply(puts[i])!;
            Assert.Equal(puts[i], state.Apply(puts[i + 1]));
            Assert.Equal(puts[i + 1], state.Apply(removal));
            Assert.Null(state.Apply(removal));
        }

        Assert.Empty(state.AsChanges());

        static NodeRuntimeChange Node(string platform) =>
            new NodeRuntimeChange.PutNode(NodeDecider.Register(null, NodeRuntimes.Device(1), platform, [], new UnixTime(1)).Value);
    }

    private static async Task<CapabilityRequestId> LeasedAsync(NodeRuntimes nodes, DeviceId device, LeaseId lease) => NodeRuntimes.Accepted(
        await nodes.Runtime.Enqueue(device, NodeRuntimes.Echo, "{}"u8.ToArray(), 0, nodes.Now.Add(TimeSpan.FromMinutes(5)), lease, 1)).Id;
}
