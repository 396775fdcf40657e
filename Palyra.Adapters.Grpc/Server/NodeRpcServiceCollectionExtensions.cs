using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Grpc.Health;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Workers;
using Palyra.Adapters.Hosting;
using Palyra.Domain.Fleet;
using Palyra.Domain.Health;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Registers the node and worker RPC.</summary>
public static class NodeRpcServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="NodeRpcServer"/> as a hosted service, and the sweeps of the fleet. Options that do not hold are refused when the host starts. The container must have <see cref="Domain.Nodes.NodeRuntime"/>,
    /// <see cref="Domain.Identity.IdentityRegistry"/>, <see cref="Certificates.GatewayCertificates"/> and <see cref="Domain.Ids.IEntropy"/>; for workers also
    /// <see cref="WorkerFleet"/>, and as far as the host has them <see cref="Domain.Egress.Sessions.LeaseEgress"/>, <see cref="Domain.Egress.Sessions.ProxyBindings"/>,
    /// <see cref="Domain.Execution.ILeasedWork"/> and <see cref="Domain.Egress.Names.INameResolver"/>. Without the bindings no worker counts as bound to the egress proxy.
    /// </summary>
    public static IServiceCollection AddPalyraNodeRpc(this IServiceCollection services, Action<NodeRpcOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<NodeRpcOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<NodeRpcOptions>, NodeRpcOptions.Validator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthProbe, NodeRpcProbe>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthProbe, CertificateProbe>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<PairingService>();
        services.TryAddSingleton<NodeRpcServer>();
        services.TryAddSingleton(provider => new FleetSweeper(provider.GetService<WorkerFleet>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<HostedLate<NodeRpcServer>>();
        services.AddHostedService<HostedLate<FleetSweeper>>();
        return services;
    }
}
