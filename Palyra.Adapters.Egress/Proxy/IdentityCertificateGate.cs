using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// Knows devices by the registry: a certificate counts when it is, byte for byte, one that this gateway issued, within its validity, and neither it
/// nor its device is revoked now. What the gateway never issued is unknown, whoever signed it.
/// </summary>
public sealed class IdentityCertificateGate(IdentityRegistry registry, TimeProvider clock) : IClientCertificateGate
{
    /// <inheritdoc/>
    public bool TryIdentify(X509Certificate2 certificate, out DeviceId device)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var now = UnixTime.Now(clock);
        device = default;
        return now >= UnixTime.From(certificate.NotBefore.ToUniversalTime())
            && now < UnixTime.From(certificate.NotAfter.ToUniversalTime())
            && registry.Authenticate(CertificateFingerprint.Of(certificate.RawDataMemory.Span), now).TryGet(out device, out _);
    }
}
