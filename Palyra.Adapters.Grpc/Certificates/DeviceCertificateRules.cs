using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>What a client's certificate must be. The chain is the platform's own; the system's roots and the network have no part in it.</summary>
internal static class DeviceCertificateRules
{
    internal static Result<DeviceId> Judge(X509Certificate2 certificate, X509Certificate2 authority, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        // First the chain without regard to time, so that an expired certificate of ours is told from a foreign one.
        if (!ChainsTo(certificate, authority, X509VerificationFlags.IgnoreNotTimeValid, now))
        {
            return new CertificateRefusal.Untrusted();
        }

        if (now.Milliseconds < UnixTime.From(certificate.NotBefore.ToUniversalTime()).Milliseconds)
        {
            return new CertificateRefusal.NotYetValid();
        }

        if (now.Milliseconds >= UnixTime.From(certificate.NotAfter.ToUniversalTime()).Milliseconds)
        {
            return new CertificateRefusal.Expired();
        }

        if (!IsForClients(certificate))
        {
            return new CertificateRefusal.WrongUsage();
        }

        if (!ChainsTo(certificate, authority, X509VerificationFlags.NoFlag, now))
        {
            return new CertificateRefusal.Untrusted();
        }

        return CertificateProfile.TryReadDevice(certificate, out var device) ? device : new CertificateRefusal.NoDevice();
    }

    internal static bool ChainsTo(X509Certificate2 certificate, X509Certificate2 authority, X509VerificationFlags flags, UnixTime now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = flags;
        chain.ChainPolicy.VerificationTime = now.ToDateTimeOffset().UtcDateTime;
        try
        {
            return chain.Build(certificate) && chain.ChainElements.Count == 2 && chain.ChainElements[1].Certificate.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsForClients(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToArray() is [var usages]
        && usages.EnhancedKeyUsages is [{ Value: CertificateProfile.ClientAuthentication }]
        && certificate.Extensions.OfType<X509KeyUsageExtension>().ToArray() is [{ KeyUsages: X509KeyUsageFlags.DigitalSignature }]
        && certificate.Extensions.OfType<X509BasicConstraintsExtension>().All(constraints => !constraints.CertificateAuthority);
}
