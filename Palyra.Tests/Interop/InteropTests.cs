using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Tests.Adapters.Grpc.Transport;
using Palyra.Tests.Adapters.Grpc.Transport.Wire;
using Palyra.Tests.Builders;
using EchoClient = Palyra.Tests.Adapters.Grpc.Transport.Wire.EchoService.EchoServiceClient;

namespace Palyra.Tests.Interop;

/// <summary>Another implementation of gRPC (C-core, through Python) against our listener, our services, and our client against it; over mutual TLS.</summary>
[Trait("Category", "Interop")]
public class InteropTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [InteropFact]
    public async Task TheirClient_CallsOurListener_InEveryWay()
    {
        using var gateway = new TestGateway();
        using var state = new TemporaryFolder();
        using var certificate = gateway.Pair(TestGateway.NewDeviceId());
        PeerState.Write(state, gateway, certificate);
        await using var host = await EchoHost.StartAsync(options => options with { ServerCertificate = () => gateway.Certificates.ServerContext });
        using var peer = Peer.Start("call", state.Root, $"127.0.0.1:{host.Port}");
        await peer.FinishAsync();
        await host.Service.WhenIdleAsync().WaitAsync(Patience);
    }

    [InteropFact]
    public async Task TheirClient_LivesAWholeNodeLife()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var state = new TemporaryFolder();
        PeerState.Write(state, gateway.Gateway);
        var code = (await gateway.Runtime.MintCode(PairingMethod.Pin, "operator", null)).Value.Code;
        using var peer = Peer.Start("live", state.Root, $"127.0.0.1:{gateway.EndPoint.Port}", code);
        var session = PairingSessionId.Parse(await peer.HearAsync("session"));
        Assert.True((await gateway.Runtime.Approve(session, new PairingDecision("operator", "expected"))).IsOk);
        var device = DeviceId.Parse(await peer.HearAsync("streaming"));
        var input = Encoding.UTF8.GetBytes("""{"deep":[1,2,{"x":"größer"}]}""");
        var pending = (await gateway.Runtime.Enqueue(device, "echo", input, 0, gateway.Gateway.Now.Add(TimeSpan.FromMinutes(5)))).Value;
        var outcome = await pending.Completion.AsTask().WaitAsync(Patience);
        Assert.Equal((true, Encoding.UTF8.GetString(input)), (outcome.Success, Encoding.UTF8.GetString(outcome.OutputJson.Span)));
        Assert.Equal(device.ToString(), await peer.HearAsync("revocable"));
        Assert.True(gateway.Gateway.Registry.Revoke(device, "interop", gateway.Gateway.Now).IsOk);
        await peer.FinishAsync();
    }

    [InteropFact]
    public async Task OurClient_CallsTheirServer_InEveryWay()
    {
        using var gateway = new TestGateway();
        using var state = new TemporaryFolder();
        PeerState.Write(state, gateway, gateway.Certificates.Server);
        using var certificate = gateway.Pair(TestGateway.NewDeviceId());
        using var peer = Peer.Start("serve", state.Root);
        var port = int.Parse(await peer.HearAsync("port"), CultureInfo.InvariantCulture);
        using (var channel = gateway.Connect(new IPEndPoint(IPAddress.Loopback, port), certificate))
        {
            await CallAsync(new EchoClient(channel));
            await FailLikeOursAsync(channel);
        }

        using (var stranger = gateway.Connect(new IPEndPoint(IPAddress.Loopback, port)))
        {
            await Assert.ThrowsAsync<RpcException>(() => new EchoClient(stranger).UnaryAsync(new EchoRequest()).ResponseAsync);
        }

        Assert.Contains("cancelled", await peer.FinishAsync());
    }

    private static async Task CallAsync(EchoClient client)
    {
        foreach (var size in new[] { 0, 1, (4 * 1024 * 1024) - 16 })
        {
            Assert.Equal(size, (await client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[size]) })).Payload.Length);
        }

        using var collect = client.Collect();
        for (var i = 0; i < 100; i++)
        {
            await collect.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000]) });
        }

        await collect.RequestStream.CompleteAsync();
        Assert.Equal((100, "100000"), ((await collect).Count, (await collect).Payload.ToStringUtf8()));
        using var expand = client.Expand(new EchoRequest { Repeat = 500 });
        Assert.Equal(Enumerable.Range(0, 500), await expand.ResponseStream.ReadAllAsync().Select(answer => answer.Count).ToListAsync());
        using var talk = client.Converse();
        await talk.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFromUtf8("x") });
        Assert.True(await talk.ResponseStream.MoveNext(CancellationToken.None));
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(CancellationToken.None));
        var gzip = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        Assert.Equal(1_000_000, (await client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000_000]) }, gzip)).Payload.Length);
        using var marked = client.UnaryAsync(new EchoRequest(), new Metadata { { "echo-text", "some text" }, { "echo-raw-bin", [0, 255, 1] } });
        await marked;
        Assert.Equal(("some text", "AP8B"), (marked.GetTrailers().GetValue("echo-text"), Convert.ToBase64String(marked.GetTrailers().GetValueBytes("echo-raw-bin")!)));
        for (var code = 1; code <= 16; code++)
        {
            var failure = await FailAsync(client.UnaryAsync(new EchoRequest { FailWithStatus = code, FailWithMessage = "größer als 100 %" }));
            Assert.Equal(((StatusCode)code, "größer als 100 %"), (failure.StatusCode, failure.Status.Detail));
        }

        var late = await FailAsync(client.UnaryAsync(new EchoRequest { WaitForCancellation = true }, deadline: DateTime.UtcNow.AddMilliseconds(200)));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.Equal(StatusCode.Cancelled, (await FailAsync(client.UnaryAsync(new EchoRequest { WaitForCancellation = true }, cancellationToken: source.Token))).StatusCode);
        var talks = Enumerable.Range(0, 1_000).Select(_ => client.Converse()).ToArray();
        foreach (var one in talks)
        {
            await one.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFromUtf8("here") });
        }

        foreach (var one in talks)
        {
            Assert.True(await one.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
            await one.RequestStream.CompleteAsync();
            Assert.False(await one.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
            one.Dispose();
        }

        var oversized = await FailAsync(client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[5 * 1024 * 1024]) }));
        Assert.Equal(StatusCode.ResourceExhausted, oversized.StatusCode);
    }

    private static async Task FailLikeOursAsync(global::Grpc.Net.Client.GrpcChannel channel)
    {
        var marshaller = Marshallers.Create(message => message.ToByteArray(), EchoRequest.Parser.ParseFrom);
        foreach (var service in new[] { "palyra.tests.v1.EchoService", "palyra.tests.v1.NoService" })
        {
            var nothing = new Method<EchoRequest, EchoRequest>(MethodType.Unary, service, "Nothing", marshaller, marshaller);
            using var unknown = channel.CreateCallInvoker().AsyncUnaryCall(nothing, null, new CallOptions(), new EchoRequest());
            Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(() => unknown.ResponseAsync)).StatusCode);
        }

        using var expand = new EchoClient(channel).Expand(new EchoRequest { Repeat = 5, FailWithStatus = (int)StatusCode.Cancelled, FailWithMessage = "enough" });
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await expand.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        }

        var cancelled = await Assert.ThrowsAsync<RpcException>(() => expand.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        Assert.Equal((StatusCode.Cancelled, "enough"), (cancelled.StatusCode, cancelled.Status.Detail));
    }

    private static async Task<RpcException> FailAsync(AsyncUnaryCall<EchoResponse> call) => await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
}
