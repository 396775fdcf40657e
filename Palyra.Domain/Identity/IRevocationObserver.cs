using Palyra.Domain.Ids;

namespace Palyra.Domain.Identity;

/// <summary>Is told when certificates stop speaking for a device, so that what was opened with them can be ended.</summary>
public interface IRevocationObserver
{
    /// <summary>The device is revoked: end its streams, quarantine its worker, reject its requests. Called once it is durable, outside the registry's lock.</summary>
    void OnDeviceRevoked(DeviceId device, Revocation revocation);

    /// <summary>Certificates were replaced by pairing again or by the first use of a new one: end what they had opened.</summary>
    void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints);
}
