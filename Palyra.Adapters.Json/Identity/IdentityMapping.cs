using System.Collections.Immutable;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Identity;

/// <summary>Between the registry's values and the document. Anything that does not fit throws <see cref="FormatException"/>: half a registry would let revoked devices in.</summary>
internal static class IdentityMapping
{
    internal const int SchemaVersion = 1;

    internal static IdentityDocument ToDocument(IdentityState state) => new(
        SchemaVersion, [.. state.Devices.OrderBy(device => device.DeviceId).Select(ToDocument)], [.. state.Enrollments.OrderBy(waiting => waiting.SessionId).Select(ToDocument)]);

    internal static IdentityState ToState(IdentityDocument document)
    {
        if (document.SchemaVersion != SchemaVersion)
        {
            throw new FormatException($"It has schema version {document.SchemaVersion}; this build reads {SchemaVersion}.");
        }

        var devices = document.Devices.Select(ToIdentity).ToArray();
        if (devices.DistinctBy(device => device.DeviceId).Count() != devices.Length)
        {
            throw new FormatException("A device is named twice.");
        }

        return new IdentityState(devices, [.. document.Enrollments.Select(ToEnrollment)]);
    }

    private static DeviceDocument ToDocument(DeviceIdentity identity) => new(
        identity.DeviceId.ToString(),
        [.. identity.Certificates.Select(certificate => new CertificateDocument(
            certificate.Fingerprint.ToString(), certificate.IssuedAt.Milliseconds, certificate.ExpiresAt.Milliseconds))],
        identity.Current?.Fingerprint.ToString(),
        identity.Retiring?.Certificate.Fingerprint.ToString(),
        identity.Retiring?.Until.Milliseconds,
        identity.Revocation?.Reason,
        identity.Revocation?.At.Milliseconds,
        identity.PairedAt?.Milliseconds,
        identity.PairedUntil?.Milliseconds);

    private static EnrollmentDocument ToDocument(Enrollment enrollment) => new(
        enrollment.SessionId.ToString(), enrollment.DeviceId.ToString(), enrollment.CertificateRequest.ToArray(), enrollment.ExpiresAt.Milliseconds);

    private static DeviceIdentity ToIdentity(DeviceDocument document)
    {
        var certificates = document.Certificates.Select(certificate => new IssuedCertificate(
            CertificateFingerprint.Parse(certificate.Fingerprint), new UnixTime(certificate.IssuedAtUnixMs), new UnixTime(certificate.ExpiresAtUnixMs))).ToImmutableList();
        var retiring = Find(certificates, document.RetiringFingerprint);
        var revoked = document.RevocationReason is not null || document.RevokedAtUnixMs is not null;
        return new DeviceIdentity(
            DeviceId.Parse(document.DeviceId),
            certificates,
            Find(certificates, document.CurrentFingerprint),
            retiring is null ? null : new RetiringCertificate(retiring, new UnixTime(document.RetiringUntilUnixMs ?? 0)),
            revoked ? new Revocation(document.RevocationReason ?? "", new UnixTime(document.RevokedAtUnixMs ?? 0)) : null,
            document.PairedAtUnixMs is { } pairedAt ? new UnixTime(pairedAt) : null,
            document.PairedUntilUnixMs is { } pairedUntil ? new UnixTime(pairedUntil) : null);
    }

    private static Enrollment ToEnrollment(EnrollmentDocument document) => new(
        PairingSessionId.Parse(document.SessionId), DeviceId.Parse(document.DeviceId), document.CertificateRequest, new UnixTime(document.ExpiresAtUnixMs));

    private static IssuedCertificate? Find(ImmutableList<IssuedCertificate> certificates, string? fingerprint)
    {
        if (fingerprint is null)
        {
            return null;
        }

        var wanted = CertificateFingerprint.Parse(fingerprint);
        return certificates.Find(certificate => certificate.Fingerprint == wanted) ?? throw new FormatException("A device's certificate is not among those it was issued.");
    }
}
