using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>Registers where injected secrets come from: one vault a host.</summary>
public static class VaultServiceCollectionExtensions
{
    /// <summary>Adds the embedded vault over the host's <see cref="ISecretStore"/>.</summary>
    public static IServiceCollection AddPalyraStoreVault(this IServiceCollection services, TimeSpan? cacheFor = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider =>
            new StoreSecretVault(provider.GetRequiredService<ISecretStore>(), provider.GetRequiredService<TimeProvider>(), cacheFor));
        services.TryAddSingleton<ISecretVault>(provider => provider.GetRequiredService<StoreSecretVault>());
        return services;
    }

    /// <summary>Adds a HashiCorp Vault or OpenBao server.</summary>
    /// <remarks>Options that do not hold are refused, all of them named, when the host starts.</remarks>
    public static IServiceCollection AddPalyraKeyValueVault(this IServiceCollection services, KeyValueVaultOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddOptionsWithValidateOnStart<KeyValueVaultOptions>();
        services.TryAddSingleton<IOptionsFactory<KeyValueVaultOptions>>(new KeyValueVaultOptions.Factory(options));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new KeyValueVault(provider.GetRequiredService<IOptions<KeyValueVaultOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISecretVault>(provider => provider.GetRequiredService<KeyValueVault>());
        return services;
    }
}
