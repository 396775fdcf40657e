using System.Globalization;
using System.Text;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Nodes;

/// <summary>A hundred nodes, each with a mutual TLS connection and an event stream of its own, before a gateway whose state is on the disk.</summary>
public sealed class ManyNodesTests : IAsyncLifetime
{
    private const int Nodes = 100;
    private const int RequestsPerNode = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly StateFolder _folder = new();
    private RpcGateway _gateway = null!;
    private RpcNode[] _nodes = [];

    public async Task InitializeAsync()
    {
        _gateway = await RpcGateway.StartAsync(store: _folder.Open());
        _nodes = await Task.WhenAll(Enumerable.Range(0, Nodes).Select(_ => _gateway.RegisterAsync()));
    }

    public async Task DisposeAsync()
    {
        Array.ForEach(_nodes, node => node.Dispose());
        await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task TenThousandRequests_QueuedBeforeTheNodesConnect_NoneIsLostAndEachNodeGetsItsOwnInOrder()
    {
        var queued = await Task.WhenAll(_nodes.Select(QueueAsync));

        var seen = await Task.WhenAll(_nodes.Select(ServeAsync)).WaitAsync(Patience);

        await CheckAsync(queued, seen);
    }

    [Fact]
    public async Task TenThousandRequests_QueuedWhileTheNodesServe_NoneIsLostAndEachNodeGetsItsOwnInOrder()
    {
        var serving = Task.WhenAll(_nodes.Select(ServeAsync));

        var queued = await Task.WhenAll(_nodes.Select(node => Task.Run(() => QueueAsync(node))));

        await CheckAsync(queued, await serving.WaitAsync(Patience));
    }

    private async Task CheckAsync(PendingCapability[][] queued, string[][] seen)
    {
        for (var node = 0; node < Nodes; node++)
        {
            Assert.Equal(queued[node].Select(pending => pending.Id.ToString()), seen[node]);
            for (var i = 0; i < RequestsPerNode; i++)
            {
                var outcome = await queued[node][i].Completion.AsTask().WaitAsync(Patience);
                Assert.Equal((true, Input(i)), (outcome.Success, Encoding.UTF8.GetString(outcome.OutputJson.Span)));
            }
        }
    }

    private async Task<PendingCapability[]> QueueAsync(RpcNode node)
    {
        var queued = new PendingCapability[RequestsPerNode];
        for (var i = 0; i < RequestsPerNode; i++)
        {
            queued[i] = (await _gateway.Runtime.Enqueue(
                node.Device, "echo", Encoding.UTF8.GetBytes(Input(i)), 0, _gateway.Gateway.Now.Add(TimeSpan.FromMinutes(5)))).Value;
        }

        return queued;
    }

    /// <summary>Gives every input back as the output, until each request has come and every result is answered.</summary>
    /// <returns>The requests in the order in which they came.</returns>
    private static async Task<string[]> ServeAsync(RpcNode node)
    {
        using var call = node.Nodes.StreamNodeEvents();
        await call.RequestStream.WriteAsync(node.Event("node.started"));
        List<string> seen = [];
        for (var answers = 0; answers <= RequestsPerNode;)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var response = call.ResponseStream.Current;
            Assert.True(response.Accepted, response.Reason);
            answers += response.Reason == "dispatch" ? 0 : 1;
            if (response.Dispatch is { } dispatch)
            {
                seen.Add(dispatch.RequestId.Ulid);
                await call.RequestStream.WriteAsync(Result(node, dispatch));
            }
        }

        await call.RequestStream.CompleteAsync();
        return [.. seen];
    }

    private static NodeEventRequest Result(RpcNode node, NodeCapabilityDispatch dispatch) => node.Event(
        "capability.result", $$"""{"request_id":"{{dispatch.RequestId.Ulid}}","success":true,"output_json":{{dispatch.InputJson.ToStringUtf8()}}}""");

    private static string Input(int number) => number.ToString(CultureInfo.InvariantCulture);
}
