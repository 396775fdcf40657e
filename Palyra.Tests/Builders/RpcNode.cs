using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>One device's connection, for tests that speak the wire themselves.</summary>
internal sealed class RpcNode(DeviceId device, X509Certificate2 certificate, GrpcChannel channel) : IDisposable
{
    internal DeviceId Device { get; } = device;

    internal X509Certificate2 Certificate { get; } = certificate;

    internal CanonicalId WireId => new() { Ulid = Device.ToString() };

    internal NodeService.NodeServiceClient Nodes { get; } = new(channel);

    internal WorkerService.WorkerServiceClient Workers { get; } = new(channel);

    /// <summary>Opens the event stream and waits until the first event is answered.</summary>
    internal async Task<AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse>> OpenStreamAsync()
    {
        var call = Nodes.StreamNodeEvents();
        await call.RequestStream.WriteAsync(Event("node.started"));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(call.ResponseStream.Current.Accepted);
        return call;
    }

    internal NodeEventRequest Event(string name, string payload = "") =>
        new() { V = 1, DeviceId = WireId, EventName = name, PayloadJson = ByteString.CopyFromUtf8(payload) };

    public void Dispose()
    {
        channel.Dispose();
        Certificate.Dispose();
    }
}
