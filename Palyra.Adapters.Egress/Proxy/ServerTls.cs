using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>The proxy's side of TLS: asks for a client certificate, does not demand one, and refuses one that speaks for no device.</summary>
internal sealed class ServerTls(Func<X509Certificate2> certificate, IClientCertificateGate? gate, TimeSpan timeout, TimeProvider clock)
{
    private static readonly List<SslApplicationProtocol> Http11 = [SslApplicationProtocol.Http11];

    private Served? _served;

    /// <summary>Shakes hands over a connection.</summary>
    /// <returns>The secured stream, or <see langword="null"/> when the handshake failed or took too long.</returns>
    internal async ValueTask<SslStream?> ShakeHandsAsync(Stream stream)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        using var limit = new CancellationTokenSource(timeout, clock);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = ContextOf(certificate()),
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        shown is null || (shown is X509Certificate2 known && gate is not null && gate.TryIdentify(known, out _)),
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = OfflineChain.Policy(X509ChainTrustMode.System),
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ApplicationProtocols = Http11,
                    AllowRenegotiation = false,
                },
                limit.Token).ConfigureAwait(false);
            return tls;
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>A renewed certificate is served from the next handshake on; making its context is too dear for every one.</summary>
    private SslStreamCertificateContext ContextOf(X509Certificate2 current)
    {
        var served = Volatile.Read(ref _served);
        if (served is null || !ReferenceEquals(served.Certificate, current))
        {
            served = new Served(current, SslStreamCertificateContext.Create(current, null, offline: true));
            Volatile.Write(ref _served, served);
        }

        return served.Context;
    }

    private sealed record Served(X509Certificate2 Certificate, SslStreamCertificateContext Context);
}
