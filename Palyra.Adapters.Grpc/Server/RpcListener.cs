using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// A Kestrel listener of its own that speaks gRPC and nothing else. It reads no environment and no configuration file, so that a host's other
/// web settings can neither open a second port on it nor take its TLS away.
/// </summary>
internal sealed class RpcListener : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly UnsentAnswers _unsent;

    private RpcListener(WebApplication application, UnsentAnswers unsent, IPEndPoint endPoint)
    {
        _application = application;
        _unsent = unsent;
        EndPoint = endPoint;
    }

    /// <summary>The address that is listened on, with the port that was chosen if 0 was asked for.</summary>
    internal IPEndPoint EndPoint { get; }

    internal static async Task<RpcListener> StartAsync(
        RpcListenerOptions options,
        ILoggerFactory loggers,
        Action<IServiceCollection> register,
        Action<GrpcServiceOptions> configure,
        Action<IEndpointRouteBuilder> map,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(new FrameworkLoggers(loggers)));
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxReceiveMessageBytes;
            grpc.MaxSendMessageSize = options.MaxSendMessageBytes;
            grpc.CompressionProviders.Clear();
            grpc.CompressionProviders.Add(new GzipCompressionProvider(System.IO.Compression.CompressionLevel.Fastest));
            grpc.ResponseCompressionAlgorithm = "gzip";
            configure(grpc);
        });
        register(builder.Services);
        var application = builder.Build();
        var unsent = new UnsentAnswers();
        application.Use(unsent.CountAsync);
        application.Use(ProtocolEdge.BeforeRoutingAsync);
        application.UseRouting();
        application.Use(ProtocolEdge.AfterRoutingAsync);
        map(application);
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new RpcListener(application, unsent, new IPEndPoint(options.EndPoint.Address, new Uri(address).Port));
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Completes once every call has its answer sent.</summary>
    internal Task WhenAnswered() => _unsent.WhenNone();

    /// <summary>Takes no new connection, lets running calls finish until the token is cancelled, then cuts them.</summary>
    internal Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static void Configure(KestrelServerOptions kestrel, RpcListenerOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        // A stream's slow reader is the stream's own affair, with its own limit; a connection that reads nothing fails its keep-alive ping.
        limits.MinResponseDataRate = null;
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 512 * 1024;
        limits.Http2.KeepAlivePingDelay = options.KeepAliveDelay;
        limits.Http2.KeepAlivePingTimeout = options.KeepAliveTimeout;
        kestrel.Listen(options.EndPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (options.ServerCertificate is { } certificate)
            {
                var tls = new ServerTls(certificate);
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = tls.OnConnection, HandshakeTimeout = TimeSpan.FromSeconds(10) });
            }
        });
    }
}
