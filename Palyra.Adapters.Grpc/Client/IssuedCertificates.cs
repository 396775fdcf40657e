using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>What a node checks before it takes a certificate for its own.</summary>
internal static class IssuedCertificates
{
    /// <summary>Whether a certificate holds this key, names this device, and was issued by the gateway's authority.</summary>
    internal static bool IsFor(string pem, byte[] privateKey, DeviceId device, X509Certificate2 authority, UnixTime now)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            using var key = NodeIdentity.Import(privateKey);
            // A clock that runs behind the gateway's by more than the back-dating shows later; only what cannot change is judged here.
            return certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())
                && CertificateProfile.TryReadDevice(certificate, out var named)
                && named == device
                && DeviceCertificateRules.ChainsTo(certificate, authority, X509VerificationFlags.IgnoreNotTimeValid, now);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
