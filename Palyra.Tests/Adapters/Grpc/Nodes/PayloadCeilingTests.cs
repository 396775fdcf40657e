using System.Text;
using Grpc.Core;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Nodes;

/// <summary>The largest payload a request may allow goes both ways over a real stream; what is larger fails its own request and nothing else.</summary>
public sealed class PayloadCeilingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private RpcGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RpcGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Dispatch_InputAndOutputAtTheCeiling_GoThroughByteForByte()
    {
        var calls = 0;
        await using var node = await StartAsync((invocation, _) =>
        {
            Interlocked.Increment(ref calls);
            return new(CapabilityOutput.Succeeded(invocation.InputJson));
        });
        var input = Text(PayloadLimit.Ceiling);

        var outcome = await ExecuteAsync(node.Client.DeviceId!.Value, input);

        Assert.Null(outcome.Error);
        Assert.True(outcome.OutputJson.Span.SequenceEqual(input));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Dispatch_ErrorOfMegabytes_FailsItsRequestAndTheStreamGoesOn()
    {
        await using var node = await StartAsync((invocation, _) => new(
            invocation.InputJson.Length > 2 ? CapabilityOutput.Failed(string.Concat(Enumerable.Repeat("\U0001F600", 12 * 1024 * 1024))) : CapabilityOutput.Succeeded("1")));
        var device = node.Client.DeviceId!.Value;

        var failed = await ExecuteAsync(device, "123"u8.ToArray());

        Assert.False(failed.Success);
        Assert.Equal(PayloadSummary.MaxLength, failed.Error!.Length, 2.0);
        Assert.True((await ExecuteAsync(device, "1"u8.ToArray())).Success);
    }

    [Fact]
    public async Task Result_OverTheCeiling_FailsItsRequestAndTheStreamGoesOn()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var pending = await EnqueueAsync(node.Device, "{}"u8.ToArray());
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        var output = Encoding.UTF8.GetString(Text(PayloadLimit.Ceiling + 1));

        await call.RequestStream.WriteAsync(node.Event("capability.result", $$"""{"request_id":"{{pending.Id}}","success":true,"output_json":{{output}}}"""));

        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        Assert.Equal((false, "payload_too_large"), (call.ResponseStream.Current.Accepted, call.ResponseStream.Current.Reason));
        Assert.Equal("payload_too_large", (await pending.Completion).Error);
        await call.RequestStream.WriteAsync(node.Event("node.heartbeat"));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        Assert.True(call.ResponseStream.Current.Accepted);
    }

    [Fact]
    public async Task Event_OverEveryLimit_EndsTheStreamAsExhausted()
    {
        using var node = await _gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();

        var write = call.RequestStream.WriteAsync(node.Event("node.heartbeat", new string(' ', 18 * 1024 * 1024)));

        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(StatusCode.ResourceExhausted, ended.StatusCode);

        // The gateway does not read to the end what it refuses, so that the write may or may not have been cut short.
        await Task.WhenAny(write).WaitAsync(Patience);
    }

    private async Task<NodeClients> StartAsync(Func<CapabilityInvocation, CancellationToken, ValueTask<CapabilityOutput>> handler)
    {
        var node = NodeClients.For(_gateway);
        node.Handlers.Add("echo", handler);
        await node.PairAsync();
        await node.RunAsync();
        return node;
    }

    private async Task<CapabilityOutcome> ExecuteAsync(DeviceId device, byte[] input) =>
        await (await EnqueueAsync(device, input)).Completion.AsTask().WaitAsync(Patience);

    private async Task<PendingCapability> EnqueueAsync(DeviceId device, byte[] input) =>
        (await _gateway.Runtime.Enqueue(device, "echo", input, PayloadLimit.Ceiling, _gateway.Gateway.Now.Add(TimeSpan.FromMinutes(5)))).Value;

    /// <summary>A JSON string of so many bytes.</summary>
    private static byte[] Text(ulong bytes)
    {
        var text = new byte[bytes];
        text.AsSpan().Fill((byte)'a');
        text[0] = text[^1] = (byte)'"';
        return text;
    }
}
