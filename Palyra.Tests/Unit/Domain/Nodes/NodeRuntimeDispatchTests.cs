using System.Text;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimeDispatchTests
{
    [Fact]
    public async Task Enqueue_NodeIsConnected_IsOnItsStreamAtOnce()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var lease = new LeaseId(Ulid.FromBits(5));
        var deadline = nodes.Now.Add(TimeSpan.FromMinutes(1));

        var pending = NodeRuntimes.Accepted(await nodes.Runtime.Enqueue(device, NodeRuntimes.Echo, "{\"a\":1}"u8.ToArray(), 99, deadline, lease, 7));

        Assert.True(connection.Dispatches.TryRead(out var dispatch));
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(dispatch.InputJson.Span));
        Assert.Equal(
            (pending.Id, NodeRuntimes.Echo, 99UL, deadline, lease, 7UL),
            (dispatch.Id, dispatch.Capability, dispatch.MaxPayloadBytes, dispatch.Deadline, dispatch.Lease!.Value, dispatch.FencingToken));
        Assert.Equal(CapabilityRequestState.Dispatched, nodes.Store.Copy().CapabilityRequests[pending.Id].State);
    }

    [Fact]
    public async Task Enqueue_NotYetDurable_IsOnNoStream()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        nodes.Store.IsHolding = true;

        var pending = nodes.EnqueueAsync(device).AsTask();

        Assert.False(connection.Dispatches.TryRead(out _));
        Assert.False(pending.IsCompleted);
        nodes.Store.Release();
        var id = NodeRuntimes.Accepted(await pending).Id;
        Assert.Equal(id, (await connection.Dispatches.ReadAsync()).Id);
    }

    [Fact]
    public async Task Connect_QueueIsWaiting_LeavesInOrderUpToThirtyTwo()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var ids = await QueueAsync(nodes, device, 40);

        using var connection = nodes.Connect(device);

        Assert.Equal(ids.Take(32), Read(connection).Select(dispatch => dispatch.Id));
        await nodes.Runtime.Complete(ids[5], device, true, default, null);
        Assert.Equal([ids[32]], Read(connection).Select(dispatch => dispatch.Id));
    }

    [Fact]
    public async Task Enqueue_ThirtyTwoInFlight_WaitsItsTurn()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var ids = await QueueAsync(nodes, device, 33);

        Assert.Equal(ids.Take(32), Read(connection).Select(dispatch => dispatch.Id));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(ids[32]).State);
    }

    [Fact]
    public async Task Enqueue_32InFlightAnd256Queued_TheNextIsRejected()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        await QueueAsync(nodes, device, 32 + 256);

        Assert.Equal("queue_full", (await nodes.EnqueueAsync(device)).Refusal?.Code);
    }

    [Fact]
    public async Task Complete_FromTheDevice_EndsTheWaitWithItsOutput()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));

        NodeRuntimes.Accepted(await nodes.Runtime.Complete(pending.Id, device, true, "{\"ok\":true}"u8.ToArray(), null));

        var outcome = await pending.Completion;
        Assert.Equal((true, "{\"ok\":true}", true), (outcome.Success, Encoding.UTF8.GetString(outcome.OutputJson.Span), outcome.Started));
    }

    [Fact]
    public async Task Complete_NotYetDurable_EndsNoWait()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        var completion = pending.Completion.AsTask();
        nodes.Store.IsHolding = true;

        var answer = nodes.Runtime.Complete(pending.Id, device, true, default, null).AsTask();

        Assert.False(answer.IsCompleted || completion.IsCompleted);
        nodes.Store.Release();
        Assert.True((await completion).Success);
        Assert.True((await answer).IsOk);
    }

    [Fact]
    public async Task Connect_SecondStream_ReplacesTheFirst()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var first = nodes.Connect(device);

        using var second = nodes.Connect(device);

        await first.Dispatches.Completion;
        first.Dispose();
        var id = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id;
        Assert.Equal([id], Read(second).Select(dispatch => dispatch.Id));
    }

    [Fact]
    public async Task Connect_UnacknowledgedInFlight_IsSentAgainOnceInOrder()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Connect(device);
        var ids = await QueueAsync(nodes, device, 3);

        var second = Read(nodes.Connect(device));
        var third = Read(nodes.Connect(device));

        Assert.Equal(ids, second.Select(dispatch => dispatch.Id));
        Assert.Empty(third);
        Assert.All(ids, id => Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.StreamLost), (nodes.Request(id).State, nodes.Request(id).Error)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_AcknowledgedInFlight_Fails(bool awaiting)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        _ = awaiting ? await nodes.Runtime.MarkAwaiting(pending.Id, device) : await nodes.Runtime.MarkAccepted(pending.Id, device);

        Assert.Empty(Read(nodes.Connect(device)));

        var outcome = await pending.Completion;
        Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.StreamLost, true), (outcome.State, outcome.Error, outcome.Started));
    }

    [Fact]
    public async Task Dispose_StreamEnds_AcknowledgedFailsAndTheRestWaitsForTheNext()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var first = nodes.Connect(device);
        var ids = await QueueAsync(nodes, device, 2);
        await nodes.Runtime.MarkAccepted(ids[0], device);

        first.Dispose();

        Assert.Equal((CapabilityRequestState.Failed, CapabilityRequestState.Dispatched), (nodes.Request(ids[0]).State, nodes.Request(ids[1]).State));
        Assert.Equal([ids[1]], Read(nodes.Connect(device)).Select(dispatch => dispatch.Id));
    }

    [Fact]
    public async Task Dispose_Connection_EndsItsStream()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var connection = nodes.Connect(await nodes.NodeAsync());

        connection.Dispose();

        Assert.True(connection.Dispatches.Completion.IsCompleted);
    }

    [Fact]
    public async Task Connect_NothingWaits_AsksNothingOfTheStore()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var appends = nodes.Store.Appends;

        using var connection = nodes.Connect(device);

        Assert.Equal(appends, nodes.Store.Appends);
    }

    [Fact]
    public async Task RejectDevice_NothingOfItIsKnown_IsRejectedAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();

        await nodes.Runtime.RejectDevice(device);

        Assert.Equal("device_revoked", nodes.Runtime.Connect(device).Refusal?.Code);
    }

    [Fact]
    public async Task Connect_NotRegistered_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("node_not_registered", nodes.Runtime.Connect(NodeRuntimes.Device(1)).Refusal?.Code);
    }

    [Fact]
    public async Task RejectDevice_Revoked_EndsEverythingOfIt()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var ids = await QueueAsync(nodes, device, 33);

        await nodes.Runtime.RejectDevice(device);

        await connection.Dispatches.Completion;
        Assert.Empty(Read(connection));
        Assert.Equal((CapabilityRequestState.Failed, CapabilityErrors.DeviceRevoked), (nodes.Request(ids[0]).State, nodes.Request(ids[0]).Error));
        Assert.Equal((CapabilityRequestState.Rejected, CapabilityErrors.DeviceRevoked), (nodes.Request(ids[32]).State, nodes.Request(ids[32]).Error));
        Assert.Equal("device_revoked", (await nodes.EnqueueAsync(device)).Refusal?.Code);
        Assert.Equal("device_revoked", nodes.Runtime.Connect(device).Refusal?.Code);
        nodes.Runtime.ReadmitDevice(device);
        Assert.True((await nodes.EnqueueAsync(device)).IsOk);
    }

    [Fact]
    public async Task IsRevoked_SaysTheRegistry_IsRefusedToo()
    {
        var revoked = NodeRuntimes.Device(1);
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { IsRevoked = device => device == revoked });
        await nodes.NodeAsync();

        Assert.Equal("device_revoked", (await nodes.EnqueueAsync(revoked)).Refusal?.Code);
        Assert.Equal("device_revoked", nodes.Runtime.Connect(revoked).Refusal?.Code);
    }

    [Fact]
    public async Task SetCapability_WithdrawnWhileQueued_IsRejectedWhenItsTurnComes()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var ids = await QueueAsync(nodes, device, 300 - 44);
        await nodes.Runtime.SetCapability(device, NodeRuntimes.Echo, false);

        using var connection = nodes.Connect(device);

        Assert.Empty(Read(connection));
        Assert.All(ids, id => Assert.Equal((CapabilityRequestState.Rejected, "capability_unavailable"), (nodes.Request(id).State, nodes.Request(id).Error)));
    }

    [Fact]
    public async Task RemoveNode_Connected_EndsItsStreamAndRequests()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));

        NodeRuntimes.Accepted(await nodes.Runtime.RemoveNode(device));

        Assert.Equal(CapabilityErrors.NodeRemoved, (await pending.Completion).Error);
        await connection.Dispatches.Completion;
        Assert.Equal("node_not_registered", (await nodes.Runtime.RemoveNode(device)).Refusal?.Code);
        Assert.Equal("node_not_registered", (await nodes.Runtime.Touch(device, "node.heartbeat")).Refusal?.Code);
    }

    [Fact]
    public async Task Inventory_PicturesNodesAndTheirCapabilities()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var stale = await nodes.NodeAsync(2, "echo", "shell.execute");
        nodes.Clock.Advance(TimeSpan.FromMinutes(6));
        var healthy = await nodes.NodeAsync(1, "echo");
        using var connection = nodes.Connect(healthy);

        var inventory = nodes.Runtime.Inventory([new InventoryDevice(stale, false, "lost"), new InventoryDevice(healthy, true)]);

        Assert.Equal([healthy, stale], inventory.Devices.Select(device => device.DeviceId));
        Assert.Equal([(true, true), (false, false)], inventory.Instances.Select(instance => (instance.IsHealthy, instance.IsConnected)));
        Assert.Equal([new InventoryCapability("echo", 2, 2, 1), new InventoryCapability("shell.execute", 1, 1, 0)], inventory.Catalogue.ToArray());
        Assert.True(inventory.Devices[1].IsRevoked);
    }

    private static async Task<List<CapabilityRequestId>> QueueAsync(NodeRuntimes nodes, DeviceId device, int count)
    {
        var ids = new List<CapabilityRequestId>();
        for (var i = 0; i < count; i++)
        {
            ids.Add(NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id);
        }

        return ids;
    }

    private static List<CapabilityDispatch> Read(NodeConnection connection)
    {
        var seen = new List<CapabilityDispatch>();
        while (connection.Dispatches.TryRead(out var dispatch))
        {
            seen.Add(dispatch);
        }

        return seen;
    }
}
