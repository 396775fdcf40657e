using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>The gateway's half of mutual TLS in memory, and devices paired with it without a handshake. The clock starts now and stands still.</summary>
internal sealed class TestGateway : IDisposable
{
    internal FakeTimeProvider Clock { get; }

    internal IdentityRegistry Registry { get; }

    internal GatewayCertificates Certificates { get; }

    internal UnixTime Now => UnixTime.Now(Clock);

    internal TestGateway() : this(new FakeTimeProvider(DateTimeOffset.UtcNow))
    {
    }

    /// <summary>The half of a gateway that keeps its state elsewhere.</summary>
    internal TestGateway(FakeTimeProvider clock, IdentityRegistry registry, GatewayCertificates certificates) =>
        (Clock, Registry, Certificates) = (clock, registry, certificates);

    private TestGateway(FakeTimeProvider clock)
        : this(clock, new IdentityRegistry(new MemoryIdentityStore()), GatewayCertificates.LoadOrCreate(new MemorySecretStore(), new ServerIdentity(), clock))
    {
    }

    internal static DeviceId NewDeviceId() => new(Ulid.Create(UnixTime.From(DateTimeOffset.UtcNow), RandomNumberGenerator.GetBytes(Ulid.RandomLength)));

    /// <summary>A certificate of this gateway with its key, known to the registry as the device's.</summary>
    internal X509Certificate2 Pair(DeviceId device)
    {
        var (certificate, issued) = Issue(device);
        Assert.True(Registry.Pair(device, issued, Now).IsOk);
        return certificate;
    }

    /// <summary>A certificate of this gateway with its key, of which the registry knows nothing.</summary>
    internal (X509Certificate2 Certificate, IssuedCertificate Issued) Issue(DeviceId device)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = Certificates.IssueDevice(SigningRequests.ForKey(key), device, Now).Value;
        using var bare = X509Certificate2.CreateFromPem(issued.Pem);
        return (bare.CopyWithPrivateKey(key), issued.Issued);
    }

    /// <summary>A channel that trusts this gateway's authority alone and presents the certificate, if there is one.</summary>
    internal GrpcChannel Connect(IPEndPoint endPoint, X509Certificate2? certificate = null, Action<GrpcChannelOptions>? change = null)
    {
        var options = new GrpcChannelOptions { HttpHandler = NewHandler(certificate), DisposeHttpClient = true };
        change?.Invoke(options);
        return GrpcChannel.ForAddress($"https://localhost:{endPoint.Port}", options);
    }

    internal SocketsHttpHandler NewHandler(X509Certificate2? certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { Certificates.CaCertificate },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                // The clock of a test moves; whether a client would accept the server's certificate then is another test's affair.
                VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
            },
        },
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    public void Dispose() => Certificates.Dispose();
}
