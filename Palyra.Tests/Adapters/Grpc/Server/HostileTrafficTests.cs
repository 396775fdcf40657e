using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Tests.Adapters.Grpc.Transport;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Adapters.Grpc.Server;

/// <summary>Whatever is thrown at the node port, the process goes on and serves the next caller.</summary>
public sealed class HostileTrafficTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private RpcGateway _gateway = null!;
    private RpcNode _node = null!;

    public async Task InitializeAsync()
    {
        _gateway = await RpcGateway.StartAsync();
        _node = await _gateway.RegisterAsync();
    }

    public async Task DisposeAsync()
    {
        _node.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Garbage_InPlaceOfAHandshake_IsDropped()
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            using var socket = await ConnectAsync();
            var garbage = new byte[random.Next(1, 2_000)];
            random.NextBytes(garbage);
            await SendAndDrainAsync(new NetworkStream(socket), garbage);
        }

        await AssertServesAsync();
    }

    [Fact]
    public async Task Garbage_InsideTls_IsDropped()
    {
        var random = new Random(2);
        var preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
        for (var i = 0; i < 50; i++)
        {
            using var socket = await ConnectAsync();
            await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] });
            var garbage = new byte[random.Next(1, 2_000)];
            random.NextBytes(garbage);
            await SendAndDrainAsync(tls, i % 2 == 0 ? garbage : [.. preface, .. garbage]);
        }

        await AssertServesAsync();
    }

    [Fact]
    public async Task FuzzedMessages_OnEveryMethod_EndInAStatusAndNeverInACrash()
    {
        byte[][] seeds =
        [
            new RegisterNodeRequest { V = 1, DeviceId = _node.WireId, Platform = "linux", Capabilities = { new DeviceCapability { Name = "echo", Available = true } } }.ToByteArray(),
            new BeginPairingSessionRequest { V = 2, ClientKind = "node", Method = new() { PinCode = "123456" } }.ToByteArray(),
            new CompletePairingSessionRequest { V = 2, SessionId = _node.WireId.Ulid, DeviceId = _node.WireId, ClientKind = "node", Proof = "1", CertificateSigningRequest = ByteString.CopyFrom(SigningRequests.P256()) }.ToByteArray(),
            new Palyra.Adapters.Grpc.Wire.Worker.StartWorkRequest { V = 1, DeviceId = _node.WireId, Lease = new() { LeaseId = _node.WireId, FencingToken = 9 } }.ToByteArray(),
            _node.Event("capability.result", """{"request_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","success":true,"output_json":{"a":[1]}}""").ToByteArray(),
        ];
        string[] paths =
        [
            "/palyra.node.v1.NodeService/RegisterNode", "/palyra.node.v1.NodeService/BeginPairingSession", "/palyra.node.v1.NodeService/CompletePairingSession",
            "/palyra.worker.v1.WorkerService/StartWork", "/palyra.node.v1.NodeService/StreamNodeEvents",
        ];
        var random = new Random(3);
        using var client = new HttpMessageInvoker(_gateway.Gateway.NewHandler(_node.Certificate));
        var address = new Uri($"https://localhost:{_gateway.EndPoint.Port}");
        for (var i = 0; i < 2 * Rounds; i++)
        {
            var which = random.Next(seeds.Length);
            var mutated = i % 2 == 0
                ? RawCall.Frame(Mutations.Mutate(seeds[which], random))
                : Mutations.Mutate(RawCall.Frame(seeds[which]), random);
            using var patience = new CancellationTokenSource(Patience);
            var answer = await new RawCall(address, paths[which]) { Body = mutated }.SendAsync(client, patience.Token);
            Assert.Equal(HttpStatusCode.OK, answer.Http);
            Assert.InRange(answer.Status, 0, 16);
            Assert.NotEqual((int)StatusCode.Unknown, answer.Status);
        }

        await AssertServesAsync();
        await Wait.UntilAsync(() => _gateway.Server.OpenStreamCount == 0);
    }

    [Fact]
    public async Task MutatedHttp2Frames_EndAtMostTheirConnection()
    {
        await using var plain = await RpcGateway.StartAsync(options => options.InsecureWithoutTls = true);
        var headers = Http2Frames.Headers("/palyra.node.v1.NodeService/StreamNodeEvents", "http");
        var data = RawCall.Frame(_node.Event("node.started").ToByteArray());
        byte[][] frames =
        [
            Http2Frames.Frame(4, 0, 0, [0, 4, 0, 1, 0, 0]), Http2Frames.Frame(1, 4, 3, headers), Http2Frames.Frame(1, 0, 3, headers[..20]), Http2Frames.Frame(9, 4, 1, headers[20..]),
            Http2Frames.Frame(0, 0, 1, data), Http2Frames.Frame(0, 1, 1, []), Http2Frames.Frame(8, 0, 1, [0, 1, 0, 0]), Http2Frames.Frame(6, 0, 0, new byte[8]),
            Http2Frames.Frame(3, 0, 1, [0, 0, 0, 8]), Http2Frames.Frame(2, 0, 1, [0, 0, 0, 0, 9]), Http2Frames.Frame(7, 0, 0, new byte[8]),
        ];
        var random = new Random(4);
        for (var i = 0; i < Rounds; i++)
        {
            using var socket = await ConnectAsync(plain.EndPoint);
            byte[] opening = [.. Http2Frames.Preface, .. Http2Frames.Frame(4, 0, 0, []), .. Http2Frames.Frame(1, 4, 1, headers), .. Http2Frames.Frame(0, 0, 1, data)];
            byte[] hostile = [.. Mutations.Mutate(frames[random.Next(frames.Length)], random), .. Mutations.Mutate(frames[random.Next(frames.Length)], random)];
            await SendAndDrainAsync(new NetworkStream(socket), [.. opening, .. hostile]);
        }

        await Wait.UntilAsync(() => plain.Server.OpenStreamCount == 0);
        using var channel = global::Grpc.Net.Client.GrpcChannel.ForAddress($"http://127.0.0.1:{plain.EndPoint.Port}");
        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            new NodeService.NodeServiceClient(channel).RegisterNodeAsync(new() { DeviceId = _node.WireId, Platform = "x" }).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    private static int Rounds => LongRun.IsOn ? 100_000 : 2_000;

    private Task<Socket> ConnectAsync() => ConnectAsync(_gateway.EndPoint);

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint);
        return socket;
    }

    private static async Task SendAndDrainAsync(Stream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            if (stream is NetworkStream network)
            {
                network.Socket.Shutdown(SocketShutdown.Send);
            }
            else
            {
                await ((SslStream)stream).ShutdownAsync();
            }

            while (await stream.ReadAsync(new byte[4_096]).AsTask().WaitAsync(Patience) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut off: as good an answer as any.
        }
    }

    private async Task AssertServesAsync()
    {
        using var fresh = await _gateway.RegisterAsync();
        using var call = await fresh.OpenStreamAsync();
    }
}
