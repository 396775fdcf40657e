using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Fleet;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Fleet;
using Palyra.Domain.Health;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Registers what is kept in the state root.</summary>
public static class JsonPersistenceServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="INodeRuntimeStore"/>, <see cref="IIdentityStateStore"/> and <see cref="IFleetMarkStore"/> over one folder, and <see cref="IEntropy"/>, each
    /// unless the host has its own. An <see cref="ISecretStore"/> the host has registered takes the private keys of older files; identity and marks are sealed
    /// with the host's <see cref="StoreKeyRing"/>. The folder is locked when the node runtime's store is first resolved.
    /// Options that do not hold are refused, all of them named, when the host starts.
    /// </summary>
    public static IServiceCollection AddPalyraJsonPersistence(this IServiceCollection services, Action<JsonPersistenceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptionsWithValidateOnStart<JsonPersistenceOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<JsonPersistenceOptions>, JsonPersistenceOptions.Validator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthProbe, StateProbe>());
        services.TryAddSingleton<IEntropy>(SystemEntropy.Instance);
        services.TryAddSingleton<INodeRuntimeStore>(provider => JsonNodeRuntimeStore.Open(
            Options(provider), provider.GetService<ISecretStore>(), provider.GetService<ILogger<JsonNodeRuntimeStore>>()));
        services.TryAddSingleton<IIdentityStateStore>(provider => new SealedIdentityStateStore(
            Path.Combine(Options(provider).StateRoot, SealedIdentityStateStore.FileName), provider.GetRequiredService<StoreKeyRing>()));
        services.TryAddSingleton<IFleetMarkStore>(provider => new FleetMarksFile(Options(provider).StateRoot, provider.GetRequiredService<StoreKeyRing>()));
        return services;
    }

    private static JsonPersistenceOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<JsonPersistenceOptions>>().Value;
}
