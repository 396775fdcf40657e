using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Identity;

/// <summary>Why the identity registry refused.</summary>
public abstract record IdentityRefusal : Refusal
{
    private IdentityRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>No device was ever issued this certificate: code <c>identity.unknown_certificate</c>.</summary>
    public sealed record UnknownCertificate(CertificateFingerprint Fingerprint)
        : IdentityRefusal("identity.unknown_certificate", Fingerprint.ToString(), "This gateway does not know the certificate. Pair the device.");

    /// <summary>The certificate was replaced or revoked: code <c>identity.certificate_revoked</c>.</summary>
    public sealed record CertificateRevoked(CertificateFingerprint Fingerprint)
        : IdentityRefusal("identity.certificate_revoked", Fingerprint.ToString(), "The certificate was revoked.");

    /// <summary>The certificate is past its validity: code <c>identity.certificate_expired</c>.</summary>
    public sealed record CertificateExpired(CertificateFingerprint Fingerprint)
        : IdentityRefusal("identity.certificate_expired", Fingerprint.ToString(), "The certificate has expired. Pair the device again.");

    /// <summary>The certificate belongs to another device: code <c>identity.device_mismatch</c>.</summary>
    public sealed record DeviceMismatch(DeviceId Device)
        : IdentityRefusal("identity.device_mismatch", Device.ToString(), "The certificate belongs to another device.");

    /// <summary>The device is revoked: code <c>identity.device_revoked</c>.</summary>
    public sealed record DeviceRevoked(DeviceId Device)
        : IdentityRefusal("identity.device_revoked", Device.ToString(), "The device is revoked. An operator must clear it before it can pair again.");

    /// <summary>The approval was given for a time that is over: code <c>identity.pairing_over</c>.</summary>
    public sealed record PairingOver(DeviceId Device)
        : IdentityRefusal("identity.pairing_over", Device.ToString(), "The device was approved for a time that is over. Pair it again.");

    /// <summary>There is no revocation to clear: code <c>identity.not_revoked</c>.</summary>
    public sealed record NotRevoked(DeviceId Device)
        : IdentityRefusal("identity.not_revoked", Device.ToString(), "The device is not revoked.");

    /// <summary>The registry has no such device: code <c>identity.unknown_device</c>.</summary>
    public sealed record UnknownDevice(DeviceId Device)
        : IdentityRefusal("identity.unknown_device", Device.ToString(), "No such device is paired or revoked.");

    /// <summary>The certificate is already somebody's: code <c>identity.certificate_in_use</c>.</summary>
    public sealed record CertificateInUse(CertificateFingerprint Fingerprint)
        : IdentityRefusal("identity.certificate_in_use", Fingerprint.ToString(), "The certificate was already issued to a device.");

    /// <summary>The device asks for certificates faster than any clock needs them: code <c>identity.rotation_too_frequent</c>.</summary>
    public sealed record RotationTooFrequent(DeviceId Device)
        : IdentityRefusal("identity.rotation_too_frequent", Device.ToString(), $"At most {IdentityDecider.MaxCertificatesPerHour} certificates an hour are issued to a device.");

    /// <summary>The reason is empty, too long or holds control characters: code <c>identity.invalid_reason</c>.</summary>
    public sealed record InvalidReason()
        : IdentityRefusal("identity.invalid_reason", "reason", $"A reason is 1 to {IdentityDecider.MaxReasonBytes} bytes without control characters.");

    /// <summary>The registry holds as many devices as it may: code <c>identity.registry_full</c>.</summary>
    public sealed record RegistryFull()
        : IdentityRefusal("identity.registry_full", "", $"At most {IdentityRegistry.MaxDevices} devices can be known. Nothing was stored.");

    /// <summary>The arguments name no device or certificate: code <c>identity.invalid_argument</c>.</summary>
    public sealed record InvalidArgument(string Field)
        : IdentityRefusal("identity.invalid_argument", Field, $"The {Field} is missing or malformed.");
}
