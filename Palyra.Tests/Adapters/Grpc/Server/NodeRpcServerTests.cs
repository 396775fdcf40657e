using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Time;
using Palyra.Tests.Adapters.Grpc.Transport;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Server;

public class NodeRpcServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string, Action<NodeRpcOptions>> BadOptions => new()
    {
        { "EndPoint", options => options.EndPoint = null! },
        { "InsecureWithoutTls", options => (options.InsecureWithoutTls, options.EndPoint) = (true, new IPEndPoint(IPAddress.Any, 0)) },
        { "MaxReceiveMessageBytes", options => options.MaxReceiveMessageBytes = 1 },
        { "MaxConnections", options => options.MaxConnections = 0 },
        { "MaxStreamsPerConnection", options => options.MaxStreamsPerConnection = 0 },
        { "SlowReaderTimeout", options => options.SlowReaderTimeout = TimeSpan.Zero },
        { "FirstEventTimeout", options => options.FirstEventTimeout = TimeSpan.Zero },
        { "KeepAliveDelay", options => options.KeepAliveDelay = TimeSpan.Zero },
        { "KeepAliveTimeout", options => options.KeepAliveTimeout = TimeSpan.Zero },
        { "ExecuteTimeout", options => options.ExecuteTimeout = TimeSpan.Zero },
        { "EgressProxy", options => options.EgressProxy = null! },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task Start_OptionOutOfRange_RefusesAndNamesIt(string name, Action<NodeRpcOptions> bend)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => RpcGateway.StartAsync(bend));
        Assert.Contains(name, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insecure_OnLoopback_TakesAPairedDeviceAtItsWordAndNoOther()
    {
        await using var gateway = await RpcGateway.StartAsync(options => options.InsecureWithoutTls = true);
        var device = TestGateway.NewDeviceId();
        gateway.Gateway.Pair(device).Dispose();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{gateway.EndPoint.Port}");
        var client = new NodeService.NodeServiceClient(channel);
        var request = new RegisterNodeRequest { DeviceId = new() { Ulid = device.ToString() }, Platform = "linux-x64" };
        Assert.True((await client.RegisterNodeAsync(request)).Accepted);
        await AssertDeniedAsync(new RegisterNodeRequest { DeviceId = new() { Ulid = TestGateway.NewDeviceId().ToString() }, Platform = "x" });
        gateway.Gateway.Registry.Revoke(device, "lost", gateway.Gateway.Now);
        await AssertDeniedAsync(request);

        async Task AssertDeniedAsync(RegisterNodeRequest denied)
        {
            var thrown = await Assert.ThrowsAsync<RpcException>(() => client.RegisterNodeAsync(denied).ResponseAsync);
            Assert.Equal(StatusCode.PermissionDenied, thrown.StatusCode);
        }
    }

    [Fact]
    public async Task ServerCertificate_Renewed_IsPresentedToNewConnectionsWhileOldOnesGoOn()
    {
        await using var gateway = await RpcGateway.StartAsync();
        var presented = new List<string>();
        using var old = Connect();
        await AskAsync(old);
        gateway.Gateway.Clock.Advance(CertificateProfile.ServerValidity * 0.9);
        using var fresh = Connect();
        await AskAsync(fresh);
        await AskAsync(old);
        Assert.Equal(2, presented.Count);
        Assert.Equal(2, presented.Distinct(StringComparer.Ordinal).Count());

        GrpcChannel Connect() => gateway.Gateway.Connect(gateway.EndPoint, null, options =>
        {
            var handler = gateway.Gateway.NewHandler(null);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            {
                presented.Add(certificate!.GetCertHashString());
                return errors == System.Net.Security.SslPolicyErrors.None;
            };
            options.HttpHandler = handler;
        });

        async Task AskAsync(GrpcChannel channel)
        {
            var request = new BeginPairingSessionRequest { V = 1, ClientKind = "node", Method = new() { PinCode = "1" } };
            var answer = await Assert.ThrowsAsync<RpcException>(() => new NodeService.NodeServiceClient(channel).BeginPairingSessionAsync(request).ResponseAsync);
            Assert.Equal(StatusCode.FailedPrecondition, answer.StatusCode);
        }
    }

    [Fact]
    public async Task SlowReader_IsDisconnectedAfterItsTimeAndNotBefore()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var input = new byte[1024 * 1024];
        input.AsSpan().Fill((byte)'1');
        for (var i = 0; i < 32; i++)
        {
            Assert.True((await gateway.Runtime.Enqueue(node.Device, "echo", input, PayloadLimit.Ceiling, gateway.Gateway.Now.Add(TimeSpan.FromHours(1)))).IsOk);
        }

        // The node reads nothing: the window fills, and the clock is moved until the stream is gone.
        var waited = await AdvanceUntilStreamsEndAsync(gateway);
        Assert.True(waited >= TimeSpan.FromSeconds(30), $"{waited}");
    }

    [Fact]
    public async Task Node_ThatSendsAndReadsNothing_IsNotReadFromEither()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var sent = 0;
        var writing = WriteAsync();

        // Two flow-control windows, the answers that wait and what the transport buffers.
        Assert.InRange(await Wait.UntilStillAsync(() => Volatile.Read(ref sent)), 1, 50_000);
        await AdvanceUntilStreamsEndAsync(gateway);
        await Assert.ThrowsAnyAsync<Exception>(() => writing);

        async Task WriteAsync()
        {
            for (; sent < 1_000_000; Interlocked.Increment(ref sent))
            {
                await call.RequestStream.WriteAsync(node.Event("node.heartbeat", new string(' ', 1_000)));
            }
        }
    }

    [Fact]
    public async Task Node_ThatVanishesWithoutAWord_IsNoticedByItsPings()
    {
        await using var gateway = await RpcGateway.StartAsync(options => options.KeepAliveDelay = options.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        using var node = await gateway.RegisterAsync();
        using var wire = await SilentNode.OpenStreamAsync(gateway, node);
        Assert.Equal(1, gateway.Server.OpenStreamCount);
        await wire.WaitUntilCutOffAsync(Patience);
    }

    [Fact]
    public async Task Dispatch_OfATracedCall_CarriesItsTraceToTheNode()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        using var activity = new System.Diagnostics.Activity("tool call").SetIdFormat(System.Diagnostics.ActivityIdFormat.W3C).Start();
        Assert.True((await gateway.Runtime.Enqueue(node.Device, "echo", default, 0, UnixTime.MaxValue)).IsOk);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(activity.Id, call.ResponseStream.Current.Dispatch.Traceparent);
    }

    [Fact]
    public async Task Log_OfWhatStrangersSend_HoldsOneLineARefusalAndNoPayload()
    {
        var log = new LinesLogger();
        await using var gateway = await RpcGateway.StartAsync(add: services => services.AddSingleton<ILoggerFactory>(log));
        using var channel = gateway.Connect();
        var client = new NodeService.NodeServiceClient(channel);
        await Assert.ThrowsAsync<RpcException>(() => client.RegisterNodeAsync(new() { Platform = "PAYLOAD" }).ResponseAsync);
        using var raw = new HttpMessageInvoker(gateway.Gateway.NewHandler(null));
        await new RawCall(new Uri($"https://localhost:{gateway.EndPoint.Port}"), "/palyra.node.v1.NodeService/RegisterNode") { Body = [9, 9, 9, 9, 9, 9] }.SendAsync(raw);
        Assert.Contains(log.Lines, line => line.Contains("gate.no_certificate", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("PAYLOAD", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal));
        Assert.Equal(2, log.Lines.Count);
    }

    [Fact]
    public async Task Execute_OnItsOwnStream_GivesTheResult()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var execution = node.Nodes.ExecuteCapabilityAsync(new() { V = 3, DeviceId = node.WireId, Capability = "echo", InputJson = ByteString.CopyFromUtf8("{}") });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var id = call.ResponseStream.Current.Dispatch.RequestId.Ulid;
        await call.RequestStream.WriteAsync(node.Event("capability.result", $$"""{"request_id":"{{id}}","success":true,"output_json":"done"}"""));
        var response = await execution;
        Assert.Equal((true, "\"done\"", 3u), (response.Success, response.OutputJson.ToStringUtf8(), response.V));
    }

    [Fact]
    public async Task Execute_NobodyAnswers_IsDeadlineExceeded()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        var execution = node.Nodes.ExecuteCapabilityAsync(new() { DeviceId = node.WireId, Capability = "echo" }).ResponseAsync;
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => execution.WaitAsync(Patience))).StatusCode);
    }

    [Fact]
    public async Task Execute_DeadlineOfTheCallerLongerThanTheDefault_Travels()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        using var execution = node.Nodes.ExecuteCapabilityAsync(new() { DeviceId = node.WireId, Capability = "echo" }, deadline: DateTime.UtcNow.AddMinutes(10));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(call.ResponseStream.Current.Dispatch.DeadlineUnixMs > gateway.Gateway.Now.Add(TimeSpan.FromMinutes(9)).Milliseconds);
    }

    [Fact]
    public async Task Execute_QueueFull_IsResourceExhausted()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        for (var i = 0; i < 256; i++)
        {
            Assert.True((await gateway.Runtime.Enqueue(node.Device, "echo", default, 0, UnixTime.MaxValue)).IsOk);
        }

        var thrown = await Assert.ThrowsAsync<RpcException>(() => node.Nodes.ExecuteCapabilityAsync(new() { DeviceId = node.WireId, Capability = "echo" }).ResponseAsync);
        Assert.Equal((StatusCode.ResourceExhausted, true), (thrown.StatusCode, thrown.Status.Detail.StartsWith("queue_full", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Message_OverTheLimit_IsResourceExhausted()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        var request = new ExecuteCapabilityRequest { DeviceId = node.WireId, Capability = "echo", InputJson = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]) };
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => node.Nodes.ExecuteCapabilityAsync(request).ResponseAsync)).StatusCode);
    }

    /// <summary>The stream ends on other threads, and the clock must not outrun the validity of a certificate meanwhile.</summary>
    private static Task<TimeSpan> AdvanceUntilStreamsEndAsync(RpcGateway gateway) =>
        gateway.Gateway.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(50), () => gateway.Server.OpenStreamCount == 0);
}
