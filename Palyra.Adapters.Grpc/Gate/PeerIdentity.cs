using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>
/// What the certificate of a connection says, worked out once a connection: its fingerprint and, if the gateway's authority issued it for a device, which.
/// Whether it still counts is asked anew for every message.
/// </summary>
internal sealed record PeerIdentity(CertificateFingerprint Fingerprint, DeviceId Device, Refusal? Refusal)
{
    internal static PeerIdentity Read(X509Certificate2 certificate, Func<X509Certificate2, Result<DeviceId>> verify)
    {
        var judged = verify(certificate);
        return new PeerIdentity(CertificateFingerprint.Of(certificate.RawDataMemory.Span), judged.ValueOrDefault, judged.Refusal);
    }
}
