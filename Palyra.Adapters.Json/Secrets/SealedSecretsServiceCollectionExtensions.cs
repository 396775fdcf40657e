using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>Registers the sealed secret store.</summary>
public static class SealedSecretsServiceCollectionExtensions
{
    /// <summary>Adds <see cref="StoreKeyRing"/>, <see cref="SealedFileSecretStore"/> and, unless the host has its own, <see cref="ISecretStore"/>.</summary>
    public static IServiceCollection AddPalyraSealedSecrets(this IServiceCollection services, Action<SealedSecretsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new SealedSecretsOptions();
        configure(options);
        if (string.IsNullOrWhiteSpace(options.Folder) || (options.Key is null && string.IsNullOrWhiteSpace(options.KeyFile)))
        {
            throw new ArgumentException("Sealed secrets need a folder, and a key file or a key.", nameof(configure));
        }

        services.TryAddSingleton(_ => options.Key is { } key ? StoreKeyRing.FromKeys(key) : StoreKeyRing.OpenFile(options.KeyFile!));
        services.TryAddSingleton(provider => new SealedFileSecretStore(options.Folder, provider.GetRequiredService<StoreKeyRing>()));
        services.TryAddSingleton<ISecretStore>(provider => provider.GetRequiredService<SealedFileSecretStore>());
        return services;
    }
}
