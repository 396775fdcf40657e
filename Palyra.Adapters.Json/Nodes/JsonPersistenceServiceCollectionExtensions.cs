using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Registers the durable store of the node runtime.</summary>
public static class JsonPersistenceServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="INodeRuntimeStore"/> over a folder, and <see cref="IEntropy"/> unless the host has its own. An <see cref="ISecretStore"/> the host has
    /// registered takes the private keys of older files. The folder is locked when the store is first resolved.
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
        return services;
    }
}
