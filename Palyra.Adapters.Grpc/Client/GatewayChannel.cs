using System.Net.Http;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>A channel to the gateway: TLS 1.2 or later, the gateway known by its authority, no proxy of the environment, keep-alive pings.</summary>
internal sealed class GatewayChannel : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private readonly GrpcChannel _channel;
    private readonly X509Certificate2? _certificate;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    internal GatewayChannel(PalyraNodeClientOptions options, X509Certificate2? certificate, TimeProvider clock)
    {
        _certificate = certificate;
        _timeout = options.CallTimeout;
        _clock = clock;
        var serverName = options.ServerName ?? options.Gateway.IdnHost.Trim('[', ']');
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // The chain is built before the trust is judged: an address that a stranger's certificate names must not be fetched.
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            AllowTlsResume = false, // a resumed session would speak with the certificate of before a rotation
            // The name is judged here: the HTTP handler overwrites the target host with that of the address.
            RemoteCertificateValidationCallback = (_, presented, _, _) => options.Trust.Accepts(presented, serverName, UnixTime.Now(clock)),
        };
        if (certificate is not null)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        _channel = GrpcChannel.ForAddress(options.Gateway, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            MaxReconnectBackoff = options.ReconnectMax,
            MaxReceiveMessageSize = EventMessage.MaxBytes,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = tls,
                UseProxy = false,
                ConnectTimeout = options.CallTimeout,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                KeepAlivePingDelay = KeepAlive,
                KeepAlivePingTimeout = KeepAlive,
            },
        });
        Nodes = new NodeService.NodeServiceClient(_channel);
        Workers = new WorkerService.WorkerServiceClient(_channel);
    }

    internal NodeService.NodeServiceClient Nodes { get; }

    internal WorkerService.WorkerServiceClient Workers { get; }

    /// <summary>The options of one unary call.</summary>
    internal CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: (_clock.GetUtcNow() + _timeout).UtcDateTime, cancellationToken: cancellationToken);

    /// <summary>What a failed call means to the node.</summary>
    internal static Refusal Explain(RpcException failure) => failure.StatusCode switch
    {
        _ when IsUntrusted(failure) => new NodeClientRefusal.GatewayUntrusted(),
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => new NodeClientRefusal.Unreachable(failure.Status.Detail),
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => new NodeClientRefusal.Denied(failure.StatusCode, failure.Status.Detail),
        _ => new NodeClientRefusal.GatewayRefused(failure.StatusCode, failure.Status.Detail),
    };

    public void Dispose()
    {
        _channel.Dispose();
        _certificate?.Dispose();
    }

    private static bool IsUntrusted(RpcException failure)
    {
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return true;
            }
        }

        return false;
    }
}
