using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Palyra.Domain.Audit;
using Palyra.Domain.Health;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Registers the audit trail in files.</summary>
public static class AuditServiceCollectionExtensions
{
    /// <summary>Adds <see cref="HashChainedAuditSink"/> as the <see cref="IAuditSink"/>; its signing key lives in the host's <see cref="ISecretStore"/>.</summary>
    /// <remarks>Options that do not hold are refused, all of them named, when the host starts.</remarks>
    public static IServiceCollection AddPalyraAuditFiles(this IServiceCollection services, AuditFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddOptionsWithValidateOnStart<AuditFileOptions>();
        services.TryAddSingleton<IOptionsFactory<AuditFileOptions>>(new AuditFileOptions.Factory(options));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthProbe, AuditProbe>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => AuditSigningKey.OpenOrCreate(provider.GetRequiredService<ISecretStore>()));
        services.TryAddSingleton(provider => new HashChainedAuditSink(
            provider.GetRequiredService<IOptions<AuditFileOptions>>().Value, provider.GetRequiredService<AuditSigningKey>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IAuditSink>(provider => provider.GetRequiredService<HashChainedAuditSink>());
        return services;
    }
}
