using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Observability;

/// <summary>Each instrument of the meter <c>Palyra</c>, listened to while the thing it measures happens.</summary>
[Collection(AloneCollection.Name)]
public sealed class InstrumentTests : IDisposable
{
    private readonly Measurements _measured = new();

    public void Dispose() => _measured.Dispose();

    [Fact]
    public async Task Rpc_StreamDispatchAndRefusal_AreCounted()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        using (var stream = await node.OpenStreamAsync())
        {
            Assert.Equal(1, _measured.Sum("palyra.rpc.streams"));
            var pending = (await gateway.Runtime.Enqueue(node.Device, "echo", "{}"u8.ToArray(), 1024, gateway.Gateway.Now.AddMilliseconds(60_000))).Value;
            Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(pending.Id.ToString(), stream.ResponseStream.Current.Dispatch.RequestId.Ulid);
            await stream.RequestStream.CompleteAsync();
            while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        }

        Assert.Equal(1, _measured.Sum("palyra.rpc.dispatches"));
        var foreign = new RegisterNodeRequest { V = 1, DeviceId = new() { Ulid = TestGateway.NewDeviceId().ToString() }, Platform = "linux" };
        await Assert.ThrowsAsync<RpcException>(async () => await node.Nodes.RegisterNodeAsync(foreign));
        Assert.Equal(1, _measured.Sum("palyra.rpc.refusals", "code", "gate.device_mismatch"));
        Assert.False((await node.Workers.HeartbeatAsync(new() { V = 1, DeviceId = node.WireId })).Accepted);
        Assert.Equal(1, _measured.Sum("palyra.rpc.refusals", "code", "UnknownWorker"));
        Assert.All(_measured.Of("palyra.rpc.refusals"), refusal => Assert.StartsWith("/palyra.", refusal.Tags["method"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificates_AreCountedByKindAndDaysLeft()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var node = await gateway.RegisterAsync();
        _measured.Look();
        Assert.Equal(["authority", "device", "server"], _measured.Of("palyra.certificates").Select(found => found.Tags["kind"]).Order());
        Assert.Equal("365+", Assert.Single(_measured.Of("palyra.certificates"), found => found.Tags["kind"] == "authority").Tags["days_left"]);
    }

    [Fact]
    public async Task Egress_RequestTunnelAndGarbage_AreCounted()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        var token = world.Open(ProxyWorld.Reaching(origin));
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        await world.RecordAsync(1);
        Assert.Equal(1, _measured.Sum("palyra.egress.requests", "reason_code", "egress.allowed"));
        Assert.True(_measured.Sum("palyra.egress.bytes", "direction", "down") >= 5);
        Assert.True(_measured.Sum("palyra.egress.bytes", "direction", "up") >= 0);

        Assert.Equal(403, (await world.AskAsync(ProxyWorld.Get($"http://169.254.169.254:{origin.Port}/", token))).Status);
        await world.RecordAsync(2);
        Assert.Equal(1, _measured.Sum("palyra.egress.requests", "reason_code", "egress.denied.private_target"));

        await using (var stranger = await world.ConnectAsync())
        {
            await stranger.SendAsync("nonsense\r\n\r\n");
            Assert.Equal(400, (await stranger.ReadAnswerAsync()).Status);
        }

        Assert.Equal(1, _measured.Sum("palyra.egress.malformed", "peer", "worker"));
    }

    [Fact]
    public async Task Egress_WhileTheAuditTrailIsBroken_CountsNothingAsMalformedOrAllowed()
    {
        await using var world = await ProxyWorld.StartAsync();
        world.Audit.IsBroken = true;
        for (var i = 0; i < 3; i++)
        {
            await world.AskAsync("GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        }

        Assert.Empty(_measured.Of("palyra.egress.malformed"));
        Assert.Equal(1, _measured.Sum("palyra.egress.requests", "outcome", "Denied"));
        Assert.Equal(0, _measured.Sum("palyra.egress.requests", "outcome", "Allowed"));
    }

    [Fact]
    public async Task Tunnel_WhileItIsOpen_IsCounted()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin((peer, _) => peer.ReadToEndAsync());
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using (var peer = await world.ConnectAsync())
        {
            await peer.SendAsync(ProxyWorld.Connect($"api.example.com:{origin.Port}", token));
            Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
            await peer.SendAsync(Hellos.For("api.example.com"));
            await Wait.UntilAsync(() => world.Server.OpenTunnels == 1);
            Assert.Equal(1, _measured.Sum("palyra.egress.tunnels"));
        }

        await Wait.UntilAsync(() => _measured.Sum("palyra.egress.tunnels") == 0);
    }

    [Fact]
    public async Task Journal_FlushAndFailure_AreMeasured()
    {
        using var folder = new StateFolder();
        await using var store = folder.Open();
        store.Load();
        await store.Append([Changes.Put(1)]);
        Assert.True(Assert.Single(_measured.Of("palyra.journal.flush.duration")).Value > 0);
        Assert.Equal(1, Assert.Single(_measured.Of("palyra.journal.flush.groups")).Value);
        Assert.Empty(_measured.Of("palyra.journal.failures"));
    }

    [Fact]
    public async Task Journal_Failure_IsCounted()
    {
        using var folder = new StateFolder();
        await using var store = folder.Open(writeThrough: true);
        store.Load();
        // Where the snapshot has to go, there is a folder: it cannot be replaced by a file.
        Directory.CreateDirectory(Path.Combine(folder.Snapshot, "in the way"));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await store.Append([Changes.Put(1)]));
        Assert.Equal(1, _measured.Sum("palyra.journal.failures"));
    }
}
