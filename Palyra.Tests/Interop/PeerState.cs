using System.Security.Cryptography.X509Certificates;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Interop;

/// <summary>The folder in which a peer finds its trust and its identity.</summary>
internal static class PeerState
{
    internal static void Write(TemporaryFolder folder, TestGateway gateway, X509Certificate2? certificate = null)
    {
        File.WriteAllText(folder.File("ca.pem"), gateway.Certificates.CaCertificatePem);
        if (certificate is not null)
        {
            File.WriteAllText(folder.File("cert.pem"), certificate.ExportCertificatePem());
            using var key = certificate.GetECDsaPrivateKey()!;
            File.WriteAllText(folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        }
    }
}
