using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Identity;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// The forward proxy that leased workers reach the world through: absolute-form HTTP/1.1 and CONNECT, one listener. Starts and stops with its
/// host, or by hand. Stopping is graceful: what is under way may end within <see cref="EgressProxyOptions.DrainTimeout"/>, then it is cut.
/// </summary>
public sealed class EgressProxyServer : IHostedService, IAsyncDisposable
{
    private readonly EgressProxyOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly IServiceProvider _services;
    private readonly ServerTls? _tls;
    private readonly ProxyCore _core;
    private KestrelServer? _server;
    private bool _stopped;

    /// <summary>A proxy that has not started.</summary>
    /// <param name="options">Checked here, as a whole.</param>
    /// <param name="egress">Who may reach out, and under which policy.</param>
    /// <param name="bindings">Where a worker's proof by its handshake is noted.</param>
    /// <param name="resolver">Asked once a request.</param>
    /// <param name="audit">Gets a record of every request. While it takes none, nothing leaves.</param>
    /// <param name="services">Asked for <see cref="ISecretVault"/>, without which no credential is found, and for <see cref="IClientCertificateGate"/> or else
    /// <see cref="IdentityRegistry"/>, without which no client certificate is accepted.</param>
    /// <param name="clock">Time.</param>
    /// <param name="loggers">Logs.</param>
    /// <exception cref="OptionsValidationException">The options cannot be used; the exception names everything that is wrong.</exception>
    public EgressProxyServer(
        IOptions<EgressProxyOptions> options,
        LeaseEgress egress,
        ProxyBindings bindings,
        INameResolver resolver,
        IAuditSink audit,
        IServiceProvider services,
        TimeProvider clock,
        ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(egress);
        ArgumentNullException.ThrowIfNull(bindings);
        ArgumentNullException.ThrowIfNull(resolver);
        ArgumentNullException.ThrowIfNull(audit);
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = options.Value;
        var problems = _options.Problems();
        if (problems.Count > 0)
        {
            throw new OptionsValidationException(nameof(EgressProxyOptions), typeof(EgressProxyOptions), problems);
        }

        _loggers = loggers;
        _services = services;
        var gate = (IClientCertificateGate?)services.GetService(typeof(IClientCertificateGate))
            ?? (services.GetService(typeof(IdentityRegistry)) is IdentityRegistry registry ? new IdentityCertificateGate(registry, clock) : null);
        _core = new ProxyCore(
            _options, egress, bindings, resolver, audit, (ISecretVault?)services.GetService(typeof(ISecretVault)), gate, clock,
            loggers.CreateLogger<EgressProxyServer>());
        _tls = _options.ServerCertificate is { } certificate ? new ServerTls(certificate, gate, _options.HeadTimeout, clock) : null;
    }

    /// <summary>Where the proxy listens, with the port it was given. Only while started.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    public IPEndPoint EndPoint { get => field ?? throw new InvalidOperationException("The proxy is not started."); private set; }

    internal bool IsListening { get; private set; }

    /// <summary>The number of open tunnels.</summary>
    public int OpenTunnels => _core.Tunnels.Count;

    /// <summary>The number of open connections from workers.</summary>
    public int OpenConnections => _core.Sweep.Count;

    internal ProxyCore Core => _core;

    /// <summary>Binds and begins to accept.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ListenOptions? listener = null;
        var kestrel = new KestrelServerOptions { ApplicationServices = _services, AddServerHeader = false };
        kestrel.Listen(_options.Listen, listen =>
        {
            listener = listen;
            var handler = new EgressConnectionHandler(_core, _tls);
            listen.Use(_ => handler.OnConnectedAsync);
        });
        _server = new KestrelServer(Options.Create(kestrel), new SocketListenerFactory(), _loggers);
        await _server.StartAsync(new NoHttp(), cancellationToken).ConfigureAwait(false);
        EndPoint = (IPEndPoint)listener!.EndPoint;
        IsListening = true;
        ProxyLog.Listening(_core.Log, EndPoint);
    }

    /// <summary>Stops accepting, lets what is under way end, then cuts the rest.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not { } server || _stopped)
        {
            return;
        }

        _stopped = true;
        IsListening = false;
        _core.Drain();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.DrainTimeout);
        using var cut = limit.Token.UnsafeRegister(static core => ((ProxyCore)core!).AbortAll(), _core);
        await server.StopAsync(limit.Token).ConfigureAwait(false);
        ProxyLog.Stopped(_core.Log);
    }

    /// <summary>Cuts everything and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _core.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await StopAsync(now.Token).ConfigureAwait(false);
        _server?.Dispose();
    }

    /// <summary>Kestrel wants an HTTP application; no connection ever gets that far.</summary>
    private sealed class NoHttp : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) => throw new InvalidOperationException("The proxy reads its requests itself.");

        public void DisposeContext(IFeatureCollection context, Exception? exception) { }
    }
}
