using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Grpc.Server;

namespace Palyra.Tests.Adapters.Grpc.Transport;

/// <summary>The product's listener over TLS on a free loopback port, with the echo service in place of the product's own.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly RpcListener _listener;
    private int _connections;

    private EchoHost(RpcListener listener, X509Certificate2 certificate, EchoService service)
    {
        Service = service;
        _listener = listener;
        Certificate = certificate;
    }

    internal EchoService Service { get; }

    internal X509Certificate2 Certificate { get; }

    /// <summary>How many connections clients opened so far, to prove that one survived.</summary>
    internal int Connections => _connections;

    internal Uri Address => new($"https://localhost:{_listener.EndPoint.Port}");

    internal int Port => _listener.EndPoint.Port;

    internal static async Task<EchoHost> StartAsync(Func<RpcListenerOptions, RpcListenerOptions>? change = null)
    {
        var certificate = SelfSigned();
        var context = SslStreamCertificateContext.Create(certificate, null, offline: true);
        var options = new RpcListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), ServerCertificate = () => context };
        var service = new EchoService();
        var listener = await RpcListener.StartAsync(
            change?.Invoke(options) ?? options,
            NullLoggerFactory.Instance,
            services => services.AddSingleton(TimeProvider.System).AddRpcService<Route>(binder => Wire.EchoService.BindService(binder, service)),
            grpc => grpc.Interceptors.Add<FaultInterceptor>(),
            endpoints => endpoints.MapGrpcService<Route>(),
            CancellationToken.None);
        return new EchoHost(listener, certificate, service);
    }

    /// <summary>A handler that trusts exactly this host's certificate.</summary>
    internal SocketsHttpHandler NewHandler() => new()
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            Interlocked.Increment(ref _connections);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
        EnableMultipleHttp2Connections = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == Certificate.GetCertHashString(),
        },
    };

    internal GrpcChannel NewChannel(Action<GrpcChannelOptions>? change = null)
    {
        var options = new GrpcChannelOptions { HttpHandler = NewHandler(), DisposeHttpClient = true };
        change?.Invoke(options);
        return GrpcChannel.ForAddress(Address, options);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        Certificate.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
    }

    private sealed class Route;
}
