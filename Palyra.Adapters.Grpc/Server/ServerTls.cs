using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// The TLS of a listener. A client certificate is asked for and never demanded: an unpaired node has none. Any is let in here, because
/// it is the gate that judges it, per method and per message, against the state of that moment.
/// </summary>
internal sealed class ServerTls(Func<SslStreamCertificateContext> certificate)
{
    internal ValueTask<SslServerAuthenticationOptions> OnConnection(TlsHandshakeCallbackContext context) => new(new SslServerAuthenticationOptions
    {
        ServerCertificateContext = certificate(),
        ClientCertificateRequired = true,
        // The chain is built before the gate judges: an address that a stranger's certificate names must not be fetched.
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning disable CA5359 // a client's certificate, not a server's, and the gate judges it later and more strictly
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    });
}
