using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Server;

public class RevocationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The gateway's clock stands still throughout, so nothing of this waits for a timer: it happens as soon as the processor gets to it.</summary>
    [Fact]
    public async Task Revoke_EndsTheStreamQuarantinesTheWorkerAndCutsItsTunnel_WithoutTheClockMoving()
    {
        await using var origin = new ScriptedOrigin(async (peer, _) => await peer.ReadToEndAsync());
        await using var gateway = await RpcGateway.StartAsync(
            policy: new WorkerFleetPolicy { AllowUnsignedAttestations = true },
            add: services => services
                .AddSingleton<IAuditSink>(new MemoryAuditSink()).AddSingleton<INameResolver>(new FakeNames()).AddSingleton<ISecretVault>(new MemoryVault())
                .AddPalyraEgressProxy());
        await using var proxy = gateway.Services.GetRequiredService<EgressProxyServer>();
        await proxy.StartAsync(CancellationToken.None);
        using var node = await gateway.RegisterAsync();
        using var stream = await node.OpenStreamAsync();
        var worker = WorkerId.From(node.Device);
        var now = gateway.Gateway.Now;
        Assert.True(gateway.Fleet.Register(AttestationSigning.Attestation(worker.ToString(), now), now).IsOk);
        var request = Builders.Workers.Request();
        request = request with { Grant = request.Grant with { ExpiresAt = now.AddMilliseconds(3_000_000L) } };
        var lease = gateway.Fleet.Assign(worker, request, new LeaseId(TestGateway.NewDeviceId().Value), now).Value;
        var token = RandomNumberGenerator.GetBytes(EgressToken.Bytes);
        var policy = EgressPolicy.Compile(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        Assert.True(gateway.Egress.Open(lease, LeasedEgress.Tool(policy), token, now).IsOk);
        await using var tunnel = await RawPeer.ConnectAsync(proxy.EndPoint);
        await tunnel.SendAsync(ProxyWorld.Connect(origin.Authority, EgressToken.ToText(token)));
        Assert.StartsWith("HTTP/1.1 200 ", await tunnel.ReadHeadAsync(), StringComparison.Ordinal);

        Assert.True(gateway.Gateway.Registry.Revoke(node.Device, "stolen", now).IsOk);

        var ended = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(StatusCode.PermissionDenied, ended.StatusCode);
        Assert.True(await tunnel.ReadUntilCutAsync());
        Assert.True(gateway.Fleet.TryGet(worker, out var record));
        Assert.Equal((WorkerState.Quarantined, null), (record.State, record.Lease));
    }
}
