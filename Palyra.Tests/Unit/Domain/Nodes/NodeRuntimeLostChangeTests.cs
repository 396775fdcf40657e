using Palyra.Domain.Capabilities;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

/// <summary>What happens when the store cannot keep a change: the caller is told, and everything is as it was before.</summary>
public class NodeRuntimeLostChangeTests
{
    [Fact]
    public async Task Mutation_StoreIsBroken_ThrowsAndChangesNothingInMemoryEither()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsBroken = true;

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.EnqueueAsync(device));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.Touch(device, "node.heartbeat"));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.RemoveNode(device));

        Assert.Empty(nodes.Runtime.ListRequests());
        Assert.Empty(nodes.Runtime.ListCodes());
        Assert.True(nodes.Runtime.TryFindNode(device, out var node) && node.LastEventName is null);
    }

    [Fact]
    public async Task Mutation_StoreIsWellAgain_Works()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = false;

        Assert.True((await nodes.EnqueueAsync(device)).IsOk);
    }

    [Fact]
    public async Task Complete_Lost_LeavesTheRequestInFlightAndItsWaiterWaiting()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.Complete(pending.Id, device, true, default, null));
        nodes.Store.IsBroken = false;

        Assert.Equal(CapabilityRequestState.Dispatched, nodes.Request(pending.Id).State);
        NodeRuntimes.Accepted(await nodes.Runtime.Complete(pending.Id, device, true, default, null));
        Assert.True((await pending.Completion).Success);
    }

    [Fact]
    public async Task Commits_SecondOfThreeLost_KeepsTheFirstAndTakesBackTheRest()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsHolding = true;
        var first = nodes.EnqueueAsync(device, "\"first\"").AsTask();
        var second = nodes.EnqueueAsync(device, "\"second\"").AsTask();
        var third = nodes.EnqueueAsync(device, "\"third\"").AsTask();
        nodes.Store.IsHolding = false;

        nodes.Store.Lose(from: 1);

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => third);
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => second);
        var kept = NodeRuntimes.Accepted(await first).Id;
        Assert.Equal([kept], nodes.Runtime.ListRequests().Select(request => request.Id));
        Assert.Equal([kept], nodes.Store.Copy().CapabilityRequests.Keys);
    }

    [Fact]
    public async Task Dispatch_Lost_IsOnNoStreamAndLeavesTheQueueInOrder()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var ids = new[] { NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id, NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id };
        nodes.Store.IsBroken = true;
        using var lost = nodes.Connect(device);
        Assert.False(lost.Dispatches.TryRead(out _));
        nodes.Store.IsBroken = false;

        using var connection = nodes.Connect(device);

        Assert.Equal(ids, new[] { (await connection.Dispatches.ReadAsync()).Id, (await connection.Dispatches.ReadAsync()).Id });
    }

    [Fact]
    public async Task Dispatch_Lost_LeavesTheRequestItsWholeTime()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = true;
        nodes.Connect(device).Dispose();
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(pending.Id).State);
        nodes.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CapabilityErrors.TimedOut, (await pending.Completion).Error);
    }

    [Fact]
    public async Task MarkAccepted_Lost_LapsesAsIfNothingHadBeenSaid()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.MarkAccepted(pending.Id, device));
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromSeconds(30));

        var outcome = await pending.Completion;
        Assert.Equal((CapabilityErrors.NotStarted, false), (outcome.Error, outcome.Started));
    }

    [Fact]
    public async Task TimeOut_Lost_IsTriedAgain()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, within: TimeSpan.FromSeconds(10)));
        nodes.Store.IsBroken = true;
        nodes.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(pending.Id).State);
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(CapabilityRequestState.TimedOut, (await pending.Completion).State);
    }

    [Fact]
    public async Task Expiry_OfCodeAndPairingLost_IsTriedAgain()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code);
        await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), NodeRuntimes.Verified(NodeRuntimes.Device(1)));
        await nodes.Runtime.MintCode(PairingMethod.Qr, "admin");
        nodes.Store.IsBroken = true;
        nodes.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.NotEmpty(nodes.Store.Copy().Codes);
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(nodes.Store.Copy().Codes);
        Assert.Equal(PairingRequestState.Expired, Assert.Single(nodes.Store.Copy().PairingRequests.Values).State);
    }

    [Fact]
    public async Task AddVerifiedPairing_Lost_LeavesCodeAndSession()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code);
        nodes.Store.IsBroken = true;
        var verified = NodeRuntimes.Verified(NodeRuntimes.Device(1));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), verified));
        nodes.Store.IsBroken = false;
        nodes.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Empty(nodes.Runtime.ListPairings());
        Assert.True((await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), verified)).IsOk);
    }

    [Fact]
    public async Task Approve_SecondCallerWhileTheFirstIsUnderWay_IsAnsweredOnlyWhenItIsDurable()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code);
        await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), NodeRuntimes.Verified(NodeRuntimes.Device(1)));
        nodes.Store.IsHolding = true;
        var first = nodes.Runtime.Approve(NodeRuntimes.Session(1), Pairings.By()).AsTask();

        var second = nodes.Runtime.Approve(NodeRuntimes.Session(1), Pairings.By()).AsTask();

        Assert.False(second.IsCompleted);
        nodes.Store.Release();
        Assert.True((await first).IsOk && (await second).IsOk);
    }

    [Fact]
    public async Task Commits_BothLost_AreTakenBackNewestFirst()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsHolding = true;
        var first = nodes.Runtime.Touch(device, "first").AsTask();
        var second = nodes.Runtime.Touch(device, "second").AsTask();
        nodes.Store.IsHolding = false;
        nodes.Store.Lose();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => first);
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => second);

        Assert.True(nodes.Runtime.TryFindNode(device, out var node) && node.LastEventName is null);
    }

    [Fact]
    public async Task Commits_SecondLearnsLateThatItIsLost_LeavesWhatCameSince()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsHolding = true;
        var first = nodes.EnqueueAsync(device, "\"first\"").AsTask();
        var second = nodes.EnqueueAsync(device, "\"second\"").AsTask();
        nodes.Store.LoseOldest();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => first);
        var since = nodes.EnqueueAsync(device, "\"since\"").AsTask();
        nodes.Store.LoseOldest();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => second);
        nodes.Store.IsHolding = false;
        nodes.Store.Release();

        Assert.Equal([NodeRuntimes.Accepted(await since).Id], nodes.Runtime.ListRequests().Select(request => request.Id));
    }

    [Fact]
    public async Task Mutation_StoreIsBroken_ThrowsWhatTheStoreSays()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        nodes.Store.IsBroken = true;

        var thrown = await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));

        Assert.Equal("broken for the test", thrown.Message);
    }

    [Fact]
    public async Task Enqueue_RefusedWithoutATrace_NeedsNoStore()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        nodes.Store.IsBroken = true;

        Assert.Equal("node_not_registered", (await nodes.EnqueueAsync(NodeRuntimes.Device(9))).Refusal?.Code);
    }

    [Fact]
    public async Task Enqueue_Lost_NeverTimesOut()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(nodes.Store.Copy().CapabilityRequests);
    }

    [Fact]
    public async Task OpenAsync_StoreIsBroken_Throws()
    {
        var store = new InMemoryNodeRuntimeStore { IsBroken = true };

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => NodeRuntimes.OpenAsync(store: store));
    }
}
