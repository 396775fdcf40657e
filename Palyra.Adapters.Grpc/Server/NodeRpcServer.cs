using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Adapters.Grpc.Workers;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// Serves the node and worker RPC over mutual TLS on a listener of its own. The worker service is served when there is a <see cref="WorkerFleet"/>. Wires
/// what a revocation does: streams end, the worker is quarantined, requests are rejected.
/// </summary>
public sealed partial class NodeRpcServer : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    // A client that finds its connection closed before it has read the status it was sent there tells of the connection, not of the status.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromMilliseconds(250);

    private readonly IServiceProvider _services;
    private readonly NodeRpcOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly OpenStreams _streams = new();
    private readonly List<IDisposable> _subscriptions = [];
    private RpcListener? _listener;

    /// <summary>A server over the services of a container; see <see cref="NodeRpcServiceCollectionExtensions.AddPalyraNodeRpc"/> for which it needs.</summary>
    /// <exception cref="OptionsValidationException">The options do not hold.</exception>
    public NodeRpcServer(IServiceProvider services, IOptions<NodeRpcOptions> options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        _services = services;
        _options = options.Value;
        _loggers = loggers;
        _logger = loggers.CreateLogger<NodeRpcServer>();
    }

    /// <summary>The address listened on, with the port that was chosen; <see langword="null"/> until the server has started.</summary>
    public IPEndPoint? EndPoint => _listener?.EndPoint;

    internal bool IsListening => _listener is not null && !_stopping.IsCancellationRequested;

    /// <summary>How many event streams are open.</summary>
    public int OpenStreamCount => _streams.Count;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.InsecureWithoutTls)
        {
            Log.Insecure(_logger, _options.EndPoint);
        }

        var certificates = _services.GetRequiredService<GatewayCertificates>();
        var registry = _services.GetRequiredService<IdentityRegistry>();
        var clock = _services.GetRequiredService<TimeProvider>();
        var gate = new CertificateGate(registry, certificates, clock, _options.InsecureWithoutTls);
        var consequences = new RevocationConsequences(
            _services.GetRequiredService<NodeRuntime>(), _services.GetService<WorkerFleet>(), _services.GetService<ProxyBindings>(), clock, _logger);
        // The worker first: a call under way ends for the revocation, not for the stream that the revocation ended.
        _subscriptions.Add(registry.Subscribe(consequences));
        _subscriptions.Add(registry.Subscribe(_streams));
        _listener = await RpcListener.StartAsync(
            new RpcListenerOptions
            {
                EndPoint = _options.EndPoint,
                ServerCertificate = _options.InsecureWithoutTls ? null : () => certificates.ServerContext,
                MaxReceiveMessageBytes = _options.MaxReceiveMessageBytes,
                MaxConnections = _options.MaxConnections,
                MaxStreamsPerConnection = _options.MaxStreamsPerConnection,
                KeepAliveDelay = _options.KeepAliveDelay,
                KeepAliveTimeout = _options.KeepAliveTimeout,
            },
            _loggers,
            inner => Register(inner, gate, clock),
            grpc =>
            {
                grpc.Interceptors.Add<FaultInterceptor>();
                grpc.Interceptors.Add<GateInterceptor>();
            },
            endpoints =>
            {
                endpoints.MapGrpcService<NodeRoute>();
                endpoints.MapGrpcService<NodeStreamRoute>();
                if (_services.GetService<WorkerFleet>() is not null)
                {
                    endpoints.MapGrpcService<WorkerRoute>();
                }
            },
            cancellationToken).ConfigureAwait(false);
        Log.Listening(_logger, _listener.EndPoint);
    }

    /// <summary>Ends every event stream with <c>UNAVAILABLE</c>, lets running calls finish until the token is cancelled, and closes the listener.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var hadStreams = _streams.Count > 0;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _streams.WhenEmpty().WaitAsync(Farewell, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_listener is { } listener)
        {
            await listener.WhenAnswered().WaitAsync(Farewell, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(hadStreams ? ReadingTime : TimeSpan.Zero, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await listener.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }

        _subscriptions.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_listener is { } listener)
        {
            await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await listener.DisposeAsync().ConfigureAwait(false);
            _listener = null;
        }

        _stopping.Dispose();
    }

    private void Register(IServiceCollection inner, CertificateGate gate, TimeProvider clock)
    {
        var runtime = _services.GetRequiredService<NodeRuntime>();
        var entropy = _services.GetRequiredService<IEntropy>();
        var replays = new ReplayGuard();
        var nodes = new NodeRpcService(
            _services.GetRequiredService<PairingService>(), runtime, _services.GetRequiredService<IdentityRegistry>(), gate, replays, _options, entropy, clock,
            _loggers.CreateLogger<NodeRpcService>(), _stopping.Token);
        inner.AddSingleton(clock).AddSingleton(gate).AddSingleton(_streams).AddSingleton(replays);
        inner.AddRpcService<NodeRoute>(binder => NodeService.BindService(binder, nodes), static method => !IsStream(method));
        inner.AddRpcService<NodeStreamRoute>(
            binder => NodeService.BindService(binder, nodes), IsStream, Math.Max(_options.MaxReceiveMessageBytes, EventMessage.MaxBytes));
        if (_services.GetService<WorkerFleet>() is { } fleet)
        {
            var egress = _services.GetService<LeaseEgress>() is { } sessions ? new SessionJudge(sessions, _services.GetService<INameResolver>()) : null;
            var workers = new WorkerRpcService(
                fleet, runtime, _options, entropy, clock, _services.GetService<ILeasedWork>(), _services.GetService<ProxyBindings>(), egress);
            inner.AddRpcService<WorkerRoute>(binder => WorkerService.BindService(binder, workers));
        }
    }

    // Who may send on a stream is known before its first byte is read, and a result may be as large as a request allows: a limit of its own.
    private static bool IsStream(IMethod method) => method.Type == MethodType.DuplexStreaming;

    private sealed class NodeRoute;

    private sealed class NodeStreamRoute;

    private sealed class WorkerRoute;

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Information, "Node RPC listens on {EndPoint}.")]
        internal static partial void Listening(ILogger logger, IPEndPoint endPoint);

        [LoggerMessage(4002, LogLevel.Warning, "Node RPC on {EndPoint} runs WITHOUT TLS and believes every caller: for tests only.")]
        internal static partial void Insecure(ILogger logger, IPEndPoint endPoint);
    }
}
