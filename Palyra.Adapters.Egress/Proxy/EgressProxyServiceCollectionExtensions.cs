using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Egress.Dns;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Hosting;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Health;

namespace Palyra.Adapters.Egress;

/// <summary>Registers the egress proxy.</summary>
public static class EgressProxyServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="EgressProxyServer"/> as a hosted service, with the system's resolver and fresh <see cref="ProxyBindings"/> unless others are
    /// registered. The host registers <see cref="Palyra.Domain.Fleet.WorkerFleet"/> and <see cref="Palyra.Domain.Audit.IAuditSink"/>, and, as it needs
    /// them, <see cref="Palyra.Domain.Egress.Credentials.ISecretVault"/> and <see cref="IClientCertificateGate"/>.
    /// </summary>
    /// <remarks>Options that cannot be used are refused, all of them named, when the host starts.</remarks>
    public static IServiceCollection AddPalyraEgressProxy(this IServiceCollection services, Action<EgressProxyOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<EgressProxyOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EgressProxyOptions>, Validation>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthProbe, EgressProxyProbe>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INameResolver, SystemNameResolver>();
        services.TryAddSingleton<ProxyBindings>();
        services.TryAddSingleton<LeaseEgress>();
        services.TryAddSingleton<EgressProxyServer>();
        services.AddHostedService<HostedLate<EgressProxyServer>>();
        return services;
    }

    private sealed class Validation : IValidateOptions<EgressProxyOptions>
    {
        public ValidateOptionsResult Validate(string? name, EgressProxyOptions options) =>
            options.Problems() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
