using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Ids;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

/// <summary>A worker that speaks the wire itself, over a network that can be cut, and does nothing but what a test says.</summary>
internal sealed class FaultWorker : IAsyncDisposable
{
    private static readonly byte[] Output = "{\"out\":2}"u8.ToArray();
    private readonly FaultGateway _gateway;
    private readonly CuttableLink _rpc;
    private readonly CuttableLink _proxy;
    private readonly RpcNode _node;
    private readonly Channel<NodeCapabilityDispatch> _dispatches = Channel.CreateUnbounded<NodeCapabilityDispatch>();
    private AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse>? _stream;
    private RawPeer? _tunnel;

    private FaultWorker(FaultGateway gateway)
    {
        _gateway = gateway;
        _rpc = new CuttableLink(gateway.Running.NodeRpc);
        _proxy = new CuttableLink(gateway.Running.Egress);
        var device = TestGateway.NewDeviceId();
        var certificate = gateway.Edge.Pair(device);
        _node = new RpcNode(device, certificate, gateway.Edge.Connect(_rpc.EndPoint, certificate));
    }

    internal DeviceId Device => _node.Device;

    internal WorkerId Id => WorkerId.From(_node.Device);

    /// <summary>Joins as a node and, after a handshake with the proxy, as an attested worker.</summary>
    internal static async Task<FaultWorker> JoinAsync(FaultGateway gateway)
    {
        var worker = new FaultWorker(gateway);
        var node = worker._node;
        var register = new RegisterNodeRequest { V = 1, DeviceId = node.WireId, Platform = "linux-x64" };
        register.Capabilities.Add(new DeviceCapability { Name = Workers.Echo, Available = true });
        Assert.True((await node.Nodes.RegisterNodeAsync(register)).Accepted);
        worker._stream = await node.OpenStreamAsync();
        _ = worker.ReadAsync(worker._stream.ResponseStream);
        await using (var proof = await worker.ConnectToProxyAsync())
        {
            // Any answer will do: the proxy has seen the certificate by then.
            await proof.SendAsync(ProxyWorld.Get($"http://{FaultGateway.Host}/", "no-token"));
            await proof.ReadHeadAsync();
        }

        var challenge = await node.Workers.IssueAttestationChallengeAsync(new IssueAttestationChallengeRequest { DeviceId = node.WireId });
        var envelope = gateway.Signing.Envelope(AttestationSigning.Attestation(node.Device.ToString(), gateway.Now), challenge.Challenge.Span);
        var joined = await node.Workers.RegisterWorkerAsync(new RegisterWorkerRequest { DeviceId = node.WireId, AttestationEnvelope = ByteString.CopyFrom(envelope) });
        Assert.True(joined.Accepted, joined.Reason);
        return worker;
    }

    /// <summary>The next piece of work that is pushed to it.</summary>
    internal async Task<NodeCapabilityDispatch> DispatchedAsync() => await _dispatches.Reader.ReadAsync().AsTask().WaitAsync(FaultWalkTests.Patience);

    /// <summary>Starts the work, and with the token it is given opens a tunnel through the proxy that stays open.</summary>
    internal async Task StartAsync(NodeCapabilityDispatch dispatch)
    {
        var started = await _node.Workers.StartWorkAsync(new StartWorkRequest { DeviceId = _node.WireId, Lease = Lease(dispatch) });
        Assert.True(started.Accepted, started.Reason);
        _tunnel = await ConnectToProxyAsync();
        await _tunnel.SendAsync(ProxyWorld.Connect($"{FaultGateway.Host}:{_gateway.Origin.Port}", started.EgressToken));
        Assert.StartsWith("HTTP/1.1 200 ", await _tunnel.ReadHeadAsync(), StringComparison.Ordinal);
        await _tunnel.SendAsync(Hellos.For(FaultGateway.Host));
        Assert.Equal(1, _gateway.Running.Proxy.OpenTunnels);
    }

    /// <summary>Sends through its tunnel.</summary>
    internal Task SendAsync(string text) => _tunnel!.SendAsync(text);

    /// <summary>Sends a result, for its own request or for one that nobody asked for.</summary>
    internal async Task AnswerAsync(string request, string output = "{\"out\":2}") => await _stream!.RequestStream.WriteAsync(
        _node.Event("capability.result", $$"""{"request_id":"{{request}}","success":true,"output_json":{{output}} }"""));

    /// <summary>Says that the work failed, in its own words.</summary>
    internal async Task FailAsync(string request, string error) => await _stream!.RequestStream.WriteAsync(
        _node.Event("capability.result", $$"""{"request_id":"{{request}}","success":false,"error":{{JsonSerializer.Serialize(error)}} }"""));

    /// <summary>Reports its cleanup, with the digest of what it says it sent.</summary>
    internal Task<ReportCleanupResponse> ReportAsync(LeaseReference lease, bool cleaned = true, bool tampered = false) => _node.Workers.ReportCleanupAsync(new ReportCleanupRequest
    {
        DeviceId = _node.WireId,
        Lease = lease,
        RemovedWorkspaceScope = cleaned,
        RemovedArtifacts = cleaned,
        RemovedLogs = cleaned,
        FailureReason = cleaned ? "" : "disk busy",
        OutputManifestSha256 = Convert.ToHexStringLower(SHA256.HashData(tampered ? "{\"out\":3}"u8 : Output)),
    }).ResponseAsync;

    internal static LeaseReference Lease(NodeCapabilityDispatch dispatch) => new() { LeaseId = dispatch.LeaseId, FencingToken = dispatch.FencingToken };

    /// <summary>Every connection of its process is reset.</summary>
    internal void Kill()
    {
        _rpc.Reset();
        _proxy.Reset();
    }

    internal void CutNetwork()
    {
        _rpc.Cut();
        _proxy.Cut();
    }

    public async ValueTask DisposeAsync()
    {
        if (_tunnel is { } tunnel)
        {
            await tunnel.DisposeAsync();
        }

        _rpc.Dispose();
        _proxy.Dispose();
        _stream?.Dispose();
        _node.Dispose();
    }

    private async Task<RawPeer> ConnectToProxyAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_proxy.EndPoint);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        using var handler = _gateway.Edge.NewHandler(_node.Certificate);
        handler.SslOptions.TargetHost = "localhost";
        await tls.AuthenticateAsClientAsync(handler.SslOptions);
        return new RawPeer(tls);
    }

    private async Task ReadAsync(IAsyncStreamReader<NodeEventResponse> responses)
    {
        try
        {
            while (await responses.MoveNext(CancellationToken.None))
            {
                if (responses.Current.Dispatch is { } dispatch)
                {
                    _dispatches.Writer.TryWrite(dispatch);
                }
            }
        }
        catch (Exception over) when (over is RpcException or ObjectDisposedException or InvalidOperationException)
        {
            // The stream has ended; what that means is the gateway's to say.
        }
    }
}
