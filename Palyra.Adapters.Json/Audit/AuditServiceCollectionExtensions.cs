using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Palyra.Domain.Audit;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Registers the audit trail in files.</summary>
public static class AuditServiceCollectionExtensions
{
    /// <summary>Adds <see cref="HashChainedAuditSink"/> as the <see cref="IAuditSink"/>; its signing key lives in the host's <see cref="ISecretStore"/>.</summary>
    public static IServiceCollection AddPalyraAuditFiles(this IServiceCollection services, AuditFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => AuditSigningKey.OpenOrCreate(provider.GetRequiredService<ISecretStore>()));
        services.TryAddSingleton(provider => new HashChainedAuditSink(
            options, provider.GetRequiredService<AuditSigningKey>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IAuditSink>(provider => provider.GetRequiredService<HashChainedAuditSink>());
        return services;
    }
}
