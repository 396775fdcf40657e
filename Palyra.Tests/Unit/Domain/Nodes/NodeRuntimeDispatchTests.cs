using System.Text;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
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

        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, "{\"a\":1}"));

        Assert.True(connection.Dispatches.TryRead(out var dispatch));
        Assert.Equal((pending.Id, "{\"a\":1}"), (dispatch.Id, Encoding.UTF8.GetString(dispatch.InputJson.Span)));
    }

    [Fact]
    public async Task Enqueue_NodeConnectsLater_LeavesInOrderThen()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var ids = new List<CapabilityRequestId>();
        for (var i = 0; i < 40; i++)
        {
            ids.Add(NodeRuntimes.Accepted(await nodes.EnqueueAsync(device)).Id);
        }

        using var connection = nodes.Connect(device);

        var seen = Read(connection);
        Assert.Equal(ids.Take(CapabilityRequestDecider.MaxInFlightPerDevice), seen.Select(dispatch => dispatch.Id));
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
        Assert.Equal((true, "{\"ok\":true}"), (outcome.Success, Encoding.UTF8.GetString(outcome.OutputJson.Span)));
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
