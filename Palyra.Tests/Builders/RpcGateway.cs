using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;

namespace Palyra.Tests.Builders;

/// <summary>The whole node and worker RPC over TLS on a free loopback port, state in memory unless told otherwise, the clock standing still until told.</summary>
internal sealed class RpcGateway : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private RpcGateway(TestGateway gateway, ServiceProvider services, NodeRpcServer server)
    {
        Gateway = gateway;
        _services = services;
        Server = server;
    }

    internal TestGateway Gateway { get; }

    internal NodeRpcServer Server { get; }

    internal IServiceProvider Services => _services;

    internal NodeRuntime Runtime => _services.GetRequiredService<NodeRuntime>();

    internal WorkerFleet Fleet => _services.GetRequiredService<WorkerFleet>();

    internal LeaseEgress Egress => _services.GetRequiredService<LeaseEgress>();

    internal ProxyBindings Bindings => _services.GetRequiredService<ProxyBindings>();

    internal IPEndPoint EndPoint => Server.EndPoint!;

    internal static async Task<RpcGateway> StartAsync(
        Action<NodeRpcOptions>? configure = null, WorkerFleetPolicy? policy = null, Action<IServiceCollection>? add = null, INodeRuntimeStore? store = null)
    {
        var gateway = new TestGateway();
        var runtime = await NodeRuntime.OpenAsync(
            store ?? new InMemoryNodeRuntimeStore(), new NodeRuntimeOptions { IsRevoked = gateway.Registry.IsRevoked }, gateway.Clock, SystemEntropy.Instance);
        var fleet = new WorkerFleet(policy ?? new WorkerFleetPolicy());
        var services = new ServiceCollection()
            .AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton<TimeProvider>(gateway.Clock)
            .AddSingleton<IEntropy>(SystemEntropy.Instance)
            .AddSingleton(gateway.Registry)
            .AddSingleton(gateway.Certificates)
            .AddSingleton(runtime)
            .AddSingleton(fleet)
            .AddSingleton(new LeaseEgress(fleet, gateway.Clock))
            .AddSingleton(new ProxyBindings());
        add?.Invoke(services);
        var provider = services.AddPalyraNodeRpc(configure).BuildServiceProvider();
        var server = provider.GetRequiredService<NodeRpcServer>();
        await server.StartAsync(CancellationToken.None);
        return new RpcGateway(gateway, provider, server);
    }

    internal GrpcChannel Connect(X509Certificate2? certificate = null) => Gateway.Connect(EndPoint, certificate);

    /// <summary>A device that is paired, connected and registered as a node with the capability <c>echo</c>.</summary>
    internal async Task<RpcNode> RegisterAsync(params string[] capabilities)
    {
        var device = TestGateway.NewDeviceId();
        var certificate = Gateway.Pair(device);
        var node = new RpcNode(device, certificate, Connect(certificate));
        var request = new RegisterNodeRequest { V = 1, DeviceId = node.WireId, Platform = "linux-x64" };
        request.Capabilities.AddRange((capabilities.Length == 0 ? ["echo"] : capabilities).Select(name => new DeviceCapability { Name = name, Available = true }));
        Assert.True((await node.Nodes.RegisterNodeAsync(request)).Accepted);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
        Gateway.Dispose();
    }
}
