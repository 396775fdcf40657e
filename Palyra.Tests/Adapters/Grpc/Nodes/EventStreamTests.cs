using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Nodes;

/// <summary>The event stream over TLS, a node that speaks the wire itself.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly InMemoryNodeRuntimeStore _store = new();
    private RpcGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RpcGateway.StartAsync(store: _store);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    private UnixTime Soon => _gateway.Gateway.Now.Add(TimeSpan.FromMinutes(5));

    [Fact]
    public async Task Dispatch_ForAConnectedNode_IsPushedAtOnceAndItsResultComesBack()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var pending = await EnqueueAsync(node);
        var pushed = await NextAsync(call);
        Assert.Equal((true, "dispatch", 1u), (pushed.Accepted, pushed.Reason, pushed.V));
        Assert.Equal((pending.Id.ToString(), "echo", """{"a":1}"""), (pushed.Dispatch.RequestId.Ulid, pushed.Dispatch.Capability, pushed.Dispatch.InputJson.ToStringUtf8()));
        Assert.Equal(Soon.Milliseconds, pushed.Dispatch.DeadlineUnixMs);
        Assert.True((await AskAsync(call, node.Event("capability.accepted", $$"""{"request_id":"{{pending.Id}}"}"""))).Accepted);
        Assert.True((await AskAsync(call, Result(node, pending, """{ "b" : [1, 2] }"""))).Accepted);
        var outcome = await pending.Completion;
        Assert.Equal((true, """{ "b" : [1, 2] }"""), (outcome.Success, Encoding.UTF8.GetString(outcome.OutputJson.Span)));
    }

    [Fact]
    public async Task Dispatch_QueuedBeforeTheStream_RidesOnTheFirstAnswer()
    {
        using var node = await _gateway.RegisterAsync();
        var pending = await EnqueueAsync(node);
        using var call = node.Nodes.StreamNodeEvents();
        var first = await AskAsync(call, node.Event("node.started"));
        var carrier = first.Dispatch is null ? await NextAsync(call) : first;
        Assert.Equal(pending.Id.ToString(), carrier.Dispatch.RequestId.Ulid);
    }

    [Fact]
    public async Task Stream_OfADeviceThatIsNoNode_IsFailedPrecondition()
    {
        var device = TestGateway.NewDeviceId();
        using var certificate = _gateway.Gateway.Pair(device);
        using var node = new RpcNode(device, certificate, _gateway.Connect(certificate));
        using var call = node.Nodes.StreamNodeEvents();
        await call.RequestStream.WriteAsync(node.Event("node.started"));
        await AssertEndsAsync(call, StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task Stream_ThatSaysNothing_IsEndedAfterItsTime()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = node.Nodes.StreamNodeEvents();
        var end = AssertEndsAsync(call, StatusCode.DeadlineExceeded);
        await _gateway.Gateway.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), end);
    }

    [Fact]
    public async Task SecondStream_ReplacesTheFirstAndGetsItsUnacknowledgedDispatchOnce()
    {
        using var node = await _gateway.RegisterAsync();
        using var first = await node.OpenStreamAsync();
        var pending = await EnqueueAsync(node);
        Assert.Equal(pending.Id.ToString(), (await NextAsync(first)).Dispatch.RequestId.Ulid);
        using var second = node.Nodes.StreamNodeEvents();
        var answer = await AskAsync(second, node.Event("node.started"));
        var carrier = answer.Dispatch is null ? await NextAsync(second) : answer;
        Assert.Equal(pending.Id.ToString(), carrier.Dispatch.RequestId.Ulid);
        await AssertEndsAsync(first, StatusCode.Aborted);
        using var third = node.Nodes.StreamNodeEvents();
        Assert.Null((await AskAsync(third, node.Event("node.started"))).Dispatch);
        Assert.False((await pending.Completion).Success);
    }

    [Fact]
    public async Task Result_LateDoubledForeignOrUnknown_IsReportedAndChangesNothing()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        using var other = await _gateway.RegisterAsync();
        using var foreign = await other.OpenStreamAsync();
        var pending = await EnqueueAsync(node);
        await NextAsync(call);
        Assert.Equal((false, "foreign_result"), Answer(await AskAsync(foreign, Result(other, pending, "1"))));
        Assert.True((await AskAsync(call, Result(node, pending, "2"))).Accepted);
        Assert.Equal((false, "duplicate_result"), Answer(await AskAsync(call, Result(node, pending, "3"))));
        Assert.Equal("2", Encoding.UTF8.GetString((await pending.Completion).OutputJson.Span));
        var late = await EnqueueAsync(node);
        await NextAsync(call);
        _gateway.Gateway.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(CapabilityRequestState.TimedOut, (await late.Completion).State);
        Assert.Equal((false, "late_result"), Answer(await AskAsync(call, Result(node, late, "4"))));
        var unknown = $$"""{"request_id":"{{TestGateway.NewDeviceId()}}","success":true}""";
        Assert.Equal((false, "unknown_request"), Answer(await AskAsync(call, node.Event("capability.result", unknown))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"request_id\":1}")]
    [InlineData("{\"request_id\":\"x\"}")]
    [InlineData("{\"request_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"")]
    [InlineData("{\"request_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"} {}")]
    [InlineData("{\"request_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"request_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"}")]
    [InlineData("{\"request_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"success\":\"yes\"}")]
    public async Task Payload_Malformed_EndsTheStreamAsInvalid(string payload)
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        await call.RequestStream.WriteAsync(node.Event("capability.result", payload));
        await AssertEndsAsync(call, StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task EventName_Empty_EndsTheStreamAsInvalid()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        await call.RequestStream.WriteAsync(node.Event(""));
        await AssertEndsAsync(call, StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task Events_AreAnsweredInOrderAndTheLastIsRecorded()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        for (var i = 0; i < 300; i++)
        {
            var request = node.Event(i % 2 == 0 ? "node.heartbeat" : "some.other");
            request.V = (uint)i + 2;
            await call.RequestStream.WriteAsync(request);
        }

        await call.RequestStream.CompleteAsync();
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal((uint)i + 2, (await NextAsync(call)).V);
        }

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(_gateway.Runtime.TryFindNode(node.Device, out var record));
        Assert.Equal("some.other", record.LastEventName);
    }

    [Fact]
    public async Task Revocation_EndsTheStreamRejectsWhatIsQueuedAndStaysSo()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var pending = await EnqueueAsync(node);
        await NextAsync(call);
        Assert.True(_gateway.Gateway.Registry.Revoke(node.Device, "lost", _gateway.Gateway.Now).IsOk);
        await AssertEndsAsync(call, StatusCode.PermissionDenied);
        Assert.Equal("device_revoked", (await pending.Completion.AsTask().WaitAsync(Patience)).Error);
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await node.Nodes.RegisterNodeAsync(new RegisterNodeRequest { DeviceId = node.WireId, Platform = "linux-x64" }));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task Stop_EndsOpenStreamsAsUnavailable()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var end = AssertEndsAsync(call, StatusCode.Unavailable);
        await _gateway.Server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        await end;
    }

    [Fact]
    public async Task Stop_WhileAHalfClosedStreamWaitsForItsLastAnswer_EndsItAsUnavailable()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var pending = await EnqueueAsync(node);
        await NextAsync(call);
        var appends = _store.Appends;
        _store.IsHolding = true;
        await call.RequestStream.WriteAsync(Result(node, pending, "1"));
        await call.RequestStream.CompleteAsync();
        await Wait.UntilAsync(() => _store.Appends > appends);
        var end = AssertEndsAsync(call, StatusCode.Unavailable);
        await _gateway.Server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        await end;
        _store.IsHolding = false;
        _store.Release();
    }

    private async Task<PendingCapability> EnqueueAsync(RpcNode node)
    {
        var input = Encoding.UTF8.GetBytes("""{"a":1}""");
        return (await _gateway.Runtime.Enqueue(node.Device, "echo", input, 0, Soon)).Value;
    }

    private static NodeEventRequest Result(RpcNode node, PendingCapability pending, string output) =>
        node.Event("capability.result", $$"""{"request_id":"{{pending.Id}}","success":true,"output_json":{{output}},"error":""}""");

    private static (bool, string) Answer(NodeEventResponse response) => (response.Accepted, response.Reason);

    private static async Task<NodeEventResponse> AskAsync(AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> call, NodeEventRequest request)
    {
        await call.RequestStream.WriteAsync(request);
        return await NextAsync(call);
    }

    private static async Task<NodeEventResponse> NextAsync(AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        return call.ResponseStream.Current;
    }

    private static async Task AssertEndsAsync(AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> call, StatusCode expected)
    {
        var thrown = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
            {
            }
        });
        Assert.True(expected == thrown.StatusCode, thrown.Status.ToString());
    }
}
