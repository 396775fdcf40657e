using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Fleet;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Nodes;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;
using Palyra.Host.Admin;
using Palyra.Host.Configuration;

namespace Palyra.Host.Gateway;

/// <summary>The composition root: a gateway with node and worker RPC, egress proxy and admin API over one state root.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    /// <summary>How long the answers to operators may take once what they answer has ended.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private readonly IHost _host;
    private readonly GatewaySettings _settings;
    private readonly NodeRuntime _nodes;
    private AdminServer? _admin;

    private GatewayHost(IHost host, GatewaySettings settings, NodeRuntime nodes)
    {
        _host = host;
        _settings = settings;
        _nodes = nodes;
    }

    internal GatewayServices Services => _host.Services.GetRequiredService<GatewayServices>();

    /// <summary>Where nodes connect.</summary>
    internal IPEndPoint NodeRpc => _host.Services.GetRequiredService<NodeRpcServer>().EndPoint ?? throw new InvalidOperationException("The gateway is not started.");

    /// <summary>Where workers reach out.</summary>
    internal IPEndPoint Egress => _host.Services.GetRequiredService<EgressProxyServer>().EndPoint;

    internal EgressProxyServer Proxy => _host.Services.GetRequiredService<EgressProxyServer>();

    internal LeaseEgress LeaseEgress => _host.Services.GetRequiredService<LeaseEgress>();

    internal string AdminAddress => _admin?.Address ?? "";

    internal string CaFile => new GatewayLayout(_settings.StateRoot).CaFile;

    /// <summary>Puts a secret into the gateway's own vault.</summary>
    internal void StoreSecret(string path, ReadOnlySpan<byte> secret) =>
        _host.Services.GetRequiredService<StoreSecretVault>().Store(SecretReference.Vault(path), secret);

    /// <summary>Opens the state, then listens. Whatever cannot be opened ends the start; nothing half-open stays behind.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="logging">Where the log goes.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <param name="replace">Services of the caller's own, registered before the gateway's, e.g. a clock.</param>
    internal static async Task<GatewayHost> StartAsync(
        GatewaySettings settings, Action<ILoggingBuilder> logging, CancellationToken cancellation, Action<IServiceCollection>? replace = null)
    {
        var root = StateRoot.Open(settings.StateRoot);
        settings = settings with { StateRoot = root.Path };
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        replace?.Invoke(builder.Services);
        builder.Services.AddLogging(logging);
        AddState(builder.Services, settings);
        AddDomain(builder.Services, settings);
        AddServers(builder.Services, settings);
        var host = builder.Build();
        try
        {
            // The store takes the lock of the state root, so nothing is listened on before this process owns it.
            var nodes = await NodeRuntime.OpenAsync(
                host.Services.GetRequiredService<INodeRuntimeStore>(),
                new NodeRuntimeOptions { IsRevoked = host.Services.GetRequiredService<IdentityRegistry>().IsRevoked },
                host.Services.GetRequiredService<TimeProvider>(), host.Services.GetRequiredService<IEntropy>(), host.Services.GetRequiredService<IAuditSink>());
            host.Services.GetRequiredService<OpenedNodeRuntime>().Runtime = nodes;
            var gateway = new GatewayHost(host, settings, nodes);
            await gateway.ListenAsync(cancellation);
            return gateway;
        }
        catch
        {
            await (host.Services.GetRequiredService<OpenedNodeRuntime>().Runtime?.DisposeAsync() ?? default);
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    /// <summary>No new work; running calls finish or are ended after the grace; then the listeners close and the state is flushed.</summary>
    internal async Task StopAsync()
    {
        var executor = Services.Executor;
        executor.StopTaking();
        using var grace = new CancellationTokenSource(_settings.StopGrace);
        while (executor.Running > 0 && !grace.IsCancellationRequested)
        {
            await Task.Delay(50, grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        executor.Abandon();
        if (_admin is { } admin)
        {
            _admin = null;
            using var answered = new CancellationTokenSource(AnswerPatience);
            await admin.StopAsync(answered.Token);
            await admin.DisposeAsync();
        }

        await _host.StopAsync(grace.Token);
    }

    /// <summary>Puts the policies of these settings in place of the ones that hold: for what comes, and for the calls under way. The rest stays as it is.</summary>
    internal void Reload(GatewaySettings settings)
    {
        Services.Fleet.SetPolicy(settings.Fleet);
        Services.Tools.Replace(settings.Tools);
        LeaseEgress.FleetPolicy = EgressPolicy.Compile(settings.FleetEgress); // last: it has what is open judged again
    }

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null)
        {
            await StopAsync();
        }

        await _nodes.DisposeAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        var services = Services;
        Reload(_settings);
        AtomicFile.Replace(CaFile, System.Text.Encoding.ASCII.GetBytes(services.Certificates.CaCertificatePem));
        await _host.StartAsync(cancellation);
        services.GrpcUrl = $"https://{NodeRpc}";
        _admin = await AdminServer.StartAsync(
            new AdminApi(services), Admin.AdminAddress.Of(_settings.StateRoot), _host.Services.GetRequiredService<ILoggerFactory>(), cancellation);
    }

    private static void AddState(IServiceCollection services, GatewaySettings settings)
    {
        var layout = new GatewayLayout(settings.StateRoot);
        services.AddPalyraSealedSecrets(secrets => (secrets.Folder, secrets.KeyFile) = (layout.Secrets, layout.KeyFile));
        services.AddPalyraJsonPersistence(state =>
        {
            state.StateRoot = layout.Root;
            state.WriteThrough = settings.WriteThrough;
        });
        services.AddPalyraAuditFiles(new AuditFileOptions { Folder = layout.Audit });
        services.AddPalyraStoreVault();
    }

    private static void AddDomain(IServiceCollection services, GatewaySettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IdentityRegistry>();
        services.AddSingleton<OpenedNodeRuntime>();
        services.AddSingleton(provider => provider.GetRequiredService<OpenedNodeRuntime>().Runtime
            ?? throw new InvalidOperationException("The node runtime is not open yet."));
        services.AddSingleton(provider => new WorkerFleet(settings.Fleet, provider.GetRequiredService<IFleetMarkStore>()));
        services.AddSingleton(provider => new RemoteToolExecutor(
            provider.GetRequiredService<WorkerFleet>(), provider.GetRequiredService<NodeRuntime>(), provider.GetRequiredService<LeaseEgress>(),
            provider.GetRequiredService<IEntropy>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IAuditSink>(),
            new RemoteToolExecutorOptions { NetworkedWorkersEnabled = settings.NetworkedWorkersEnabled }));
        services.AddSingleton<ILeasedWork>(provider => provider.GetRequiredService<RemoteToolExecutor>());
        services.AddSingleton<GatewayServices>();
    }

    private static void AddServers(IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(provider => GatewayCertificates.LoadOrCreate(
            provider.GetRequiredService<ISecretStore>(),
            new ServerIdentity
            {
                Names = [.. settings.ServerNames.Where(name => !IPAddress.TryParse(name, out _))],
                Addresses = [.. settings.ServerNames.Select(name => IPAddress.TryParse(name, out var address) ? address : null).OfType<IPAddress>()],
            },
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ProxyBindings>();

        // First in, last out: workers may reach out as long as they may report.
        services.AddPalyraEgressProxy();
        services.AddOptions<EgressProxyOptions>().Configure<GatewayCertificates>((proxy, certificates) =>
        {
            proxy.Listen = settings.Egress;
            proxy.ServerCertificate = () => certificates.Server;
        });
        services.AddPalyraNodeRpc();
        services.AddOptions<NodeRpcOptions>().Configure<EgressProxyServer, GatewayCertificates>((rpc, proxy, certificates) =>
        {
            rpc.EndPoint = settings.NodeRpc;
            rpc.EgressProxy = () => new EgressProxyAddress(proxy.EndPoint.ToString(), certificates.CaCertificatePem);
        });
    }

    /// <summary>The node runtime opens asynchronously, before anything asks the container for it.</summary>
    private sealed class OpenedNodeRuntime
    {
        internal NodeRuntime? Runtime { get; set; }
    }
}
