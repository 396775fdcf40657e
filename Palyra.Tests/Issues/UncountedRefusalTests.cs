using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Tests.Builders;
using Palyra.Tests.Observability;

namespace Palyra.Tests.Issues;

/// <summary>Messages refused by a status typed by hand were missing from the count of refusals.</summary>
[Collection(AloneCollection.Name)]
public sealed class UncountedRefusalTests
{
    [Fact]
    public async Task Refusals_OfMalformedMessages_AreCountedByCode()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using var call = await node.OpenStreamAsync();
        using var measurements = new Measurements();
        await call.RequestStream.WriteAsync(node.Event("capability.result", "{}"));
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        await Assert.ThrowsAsync<RpcException>(() => node.Workers.StartWorkAsync(new StartWorkRequest { DeviceId = node.WireId }).ResponseAsync);
        await Assert.ThrowsAsync<RpcException>(() => node.Workers.RegisterWorkerAsync(new RegisterWorkerRequest { DeviceId = node.WireId }).ResponseAsync);
        await Assert.ThrowsAsync<RpcException>(() => node.Nodes.BeginPairingSessionAsync(new() { V = 2, ClientKind = "node" }).ResponseAsync);
        Assert.All(
            ["invalid_payload", "invalid_lease", "MalformedEnvelope", "pairing.invalid_field"],
            code => Assert.Equal(1, measurements.Sum("palyra.rpc.refusals", "code", code)));
    }
}
