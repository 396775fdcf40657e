using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>Registers the sealed secret store.</summary>
public static class SealedSecretsServiceCollectionExtensions
{
    /// <summary>Adds <see cref="StoreKeyRing"/>, <see cref="SealedFileSecretStore"/> and, unless the host has its own, <see cref="ISecretStore"/>.</summary>
    /// <remarks>Options that do not hold are refused, all of them named, when the host starts.</remarks>
    public static IServiceCollection AddPalyraSealedSecrets(this IServiceCollection services, Action<SealedSecretsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptionsWithValidateOnStart<SealedSecretsOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SealedSecretsOptions>, SealedSecretsOptions.Validator>());
        services.TryAddSingleton(provider => Options(provider) is { Key: { } key } options
            ? StoreKeyRing.FromKeys(key, [.. options.RetiredKeys])
            : StoreKeyRing.OpenFile(Options(provider).KeyFile!));
        services.TryAddSingleton(provider => new SealedFileSecretStore(Options(provider).Folder, provider.GetRequiredService<StoreKeyRing>()));
        services.TryAddSingleton<ISecretStore>(provider => provider.GetRequiredService<SealedFileSecretStore>());
        return services;
    }

    private static SealedSecretsOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<SealedSecretsOptions>>().Value;
}
