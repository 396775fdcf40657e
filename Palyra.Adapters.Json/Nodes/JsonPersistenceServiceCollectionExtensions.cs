using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Fleet;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Fleet;
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
    /// </summary>
    public static IServiceCollection AddPalyraJsonPersistence(this IServiceCollection services, Action<JsonPersistenceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new JsonPersistenceOptions();
        configure(options);
        if (string.IsNullOrWhiteSpace(options.StateRoot))
        {
            throw new ArgumentException("JSON persistence needs a state root.", nameof(configure));
        }

        services.TryAddSingleton<IEntropy>(SystemEntropy.Instance);
        services.TryAddSingleton<INodeRuntimeStore>(provider => JsonNodeRuntimeStore.Open(
            options, provider.GetService<ISecretStore>(), provider.GetService<ILogger<JsonNodeRuntimeStore>>()));
        services.TryAddSingleton<IIdentityStateStore>(provider => new SealedIdentityStateStore(
            Path.Combine(options.StateRoot, SealedIdentityStateStore.FileName), provider.GetRequiredService<StoreKeyRing>()));
        services.TryAddSingleton<IFleetMarkStore>(provider => new FleetMarksFile(options.StateRoot, provider.GetRequiredService<StoreKeyRing>()));
        return services;
    }
}
