using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress.Client;
using Palyra.Adapters.Grpc.Client;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Secrets;
using Palyra.Host.Capabilities;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary>What makes this process a node: identity store, built-in capabilities, client, and as a worker the attestor.</summary>
internal sealed class NodeWorkshop : IDisposable
{
    private readonly StoreKeyRing _keys;

    private NodeWorkshop(StoreKeyRing keys, CapabilityHandlers handlers, PalyraNodeClient client, KeyFileAttestor? attestor)
    {
        _keys = keys;
        Handlers = handlers;
        Client = client;
        Attestor = attestor;
    }

    internal CapabilityHandlers Handlers { get; }

    internal PalyraNodeClient Client { get; }

    /// <summary>Vouches for this node as a worker; absent on a plain node.</summary>
    internal KeyFileAttestor? Attestor { get; }

    /// <summary>Opens the identity store and composes the client.</summary>
    internal static NodeWorkshop Open(NodeSettings settings, ILoggerFactory loggers)
    {
        AtomicFile.CreateFolder(settings.IdentityStoreFolder);
        var keys = StoreKeyRing.OpenFile(Path.Combine(settings.IdentityStoreFolder, "store.key"));
        var secrets = new SealedFileSecretStore(Path.Combine(settings.IdentityStoreFolder, "secrets"), keys);
        var handlers = new CapabilityHandlers();
        PalyraNodeClient? client = null;
        var attestor = settings.Worker is { } worker
            ? new KeyFileAttestor(
                worker.SigningKeyId, NodePem.ReadKey(worker.SigningKeyFile, HostReason.NodeBadAttestationKey), WorkerDigests.OfThisExecutable(), handlers.ToolNames,
                cancellation => ProveEgressAsync(worker, settings, client!, cancellation), TimeProvider.System)
            : null;
        client = new PalyraNodeClient(settings.ClientOptions(attestor), handlers, secrets, TimeProvider.System, loggers.CreateLogger<PalyraNodeClient>());
        handlers.Add(BuiltIn(settings, client));
        return new NodeWorkshop(keys, handlers, client, attestor);
    }

    public void Dispose() => _keys.Dispose();

    private static IEnumerable<INodeCapability> BuiltIn(NodeSettings settings, PalyraNodeClient client)
    {
        yield return new EchoCapability();
        yield return new SleepCapability(TimeProvider.System);
        yield return new SystemHealthCapability(TimeProvider.System);
        yield return new SystemIdentityCapability(client);
        yield return new HttpFetchCapability(client.GetCertificate);
        if (settings.AllowedExecutables.Count > 0)
        {
            yield return new ShellExecuteCapability(settings.AllowedExecutables);
        }
    }

    /// <summary>A handshake with the proxy under the device's certificate, so that the claim to be bound to it is a proven one.</summary>
    private static async ValueTask<bool> ProveEgressAsync(WorkerSettings worker, NodeSettings settings, PalyraNodeClient client, CancellationToken cancellation)
    {
        using var certificate = client.GetCertificate();
        using var authority = X509Certificate2.CreateFromPem(settings.GatewayCaPem ?? throw new InvalidOperationException("A worker knows its gateway by a CA file."));
        if (certificate is null)
        {
            return false;
        }

        var fetch = new EgressFetch(new EgressFetchOptions
        {
            ProxyAuthority = worker.EgressProxy,
            ProxyAuthorityCertificate = authority,
            ClientCertificate = certificate,
            Timeout = TimeSpan.FromSeconds(10),
        });
        try
        {
            return await fetch.ProveAsync(cancellation);
        }
        catch (EgressFetchException)
        {
            // Not proven: the attestation says so, and a fleet that requires the proxy refuses it.
            return false;
        }
    }
}
