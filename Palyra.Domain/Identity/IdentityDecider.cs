using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>Decides about one device: which certificate speaks for it, and what pairing, rotation, use and revocation make of it. Pure.</summary>
public static class IdentityDecider
{
    /// <summary>The longest reason, in UTF-8 bytes.</summary>
    public const int MaxReasonBytes = 256;

    /// <summary>How many certificates of a device are remembered at most; those that have expired are forgotten with the next one.</summary>
    public const int MaxCertificates = 1024;

    /// <summary>How many certificates a device is issued within an hour.</summary>
    public const int MaxCertificatesPerHour = 32;

    private static readonly TimeSpan RateWindow = TimeSpan.FromHours(1);

    /// <summary>Whether a certificate that was issued to this device speaks for it now.</summary>
    /// <returns>The device; or <c>identity.device_revoked</c>, <c>identity.certificate_revoked</c>, <c>identity.pairing_over</c>, <c>identity.certificate_expired</c>.</returns>
    public static Result<DeviceId> Judge(DeviceIdentity identity, CertificateFingerprint fingerprint, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (identity.Revocation is not null)
        {
            return new IdentityRefusal.DeviceRevoked(identity.DeviceId);
        }

        var presented = identity.Current?.Fingerprint == fingerprint ? identity.Current
            : identity.Retiring is { } retiring && retiring.Certificate.Fingerprint == fingerprint && now < retiring.Until ? retiring.Certificate
            : null;
        if (presented is null)
        {
            return new IdentityRefusal.CertificateRevoked(fingerprint);
        }

        if (identity.PairedUntil <= now)
        {
            return new IdentityRefusal.PairingOver(identity.DeviceId);
        }

        return presented.ExpiresAt <= now ? new IdentityRefusal.CertificateExpired(fingerprint) : identity.DeviceId;
    }

    /// <summary>Pairs the device, again or for the first time: from now on the new certificate alone speaks for it.</summary>
    /// <param name="identity">The device as it is.</param>
    /// <param name="certificate">Its new certificate.</param>
    /// <param name="now">When.</param>
    /// <param name="until">When the approval ends: from then on no certificate speaks for the device and none is renewed; <see langword="null"/> for no end.</param>
    public static Result<DeviceIdentity> Pair(DeviceIdentity identity, IssuedCertificate certificate, UnixTime now, UnixTime? until = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(certificate);
        if (identity.Revocation is not null)
        {
            return new IdentityRefusal.DeviceRevoked(identity.DeviceId);
        }

        return until <= now
            ? new IdentityRefusal.PairingOver(identity.DeviceId)
            : identity with
            {
                Certificates = Remember(identity.Certificates, certificate),
                Current = certificate,
                Retiring = null,
                PairedAt = now,
                PairedUntil = until,
            };
    }

    /// <summary>
    /// Replaces the certificate, as asked by a caller who presented one that speaks for the device. The presented one goes on speaking until the
    /// new one is used, at most <see cref="CertificateRotation.Overlap"/>; asking again meanwhile does not lengthen that.
    /// </summary>
    public static Result<DeviceIdentity> Rotate(DeviceIdentity identity, CertificateFingerprint presented, IssuedCertificate next, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(next);
        var judged = Judge(identity, presented, now);
        if (!judged.IsOk)
        {
            return judged.Refusal;
        }

        if (IssuedSince(identity, now.Add(-RateWindow)) >= MaxCertificatesPerHour)
        {
            return new IdentityRefusal.RotationTooFrequent(identity.DeviceId);
        }

        // A second request under the retiring certificate means that the first answer was lost: the certificate in it is replaced unused.
        var retiring = identity.Retiring is { } already && already.Certificate.Fingerprint == presented
            ? already
            : new RetiringCertificate(identity.Current!, now.Add(CertificateRotation.Overlap));
        return identity with { Certificates = Remember(identity.Certificates, next), Current = next, Retiring = retiring };
    }

    /// <summary>Notes that a certificate was used: the first use of the current one ends the retiring one.</summary>
    /// <returns>The same identity when there was nothing to end.</returns>
    public static DeviceIdentity Use(DeviceIdentity identity, CertificateFingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return identity.Retiring is not null && identity.Current?.Fingerprint == fingerprint ? identity with { Retiring = null } : identity;
    }

    /// <summary>Revokes the device and every certificate it ever had. Revoking again changes nothing: the first reason stands.</summary>
    public static Result<DeviceIdentity> Revoke(DeviceIdentity identity, string? reason, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (!BoundedText.TryTrim(reason, MaxReasonBytes, out var kept))
        {
            return new IdentityRefusal.InvalidReason();
        }

        return identity.Revocation is not null ? identity : identity with { Current = null, Retiring = null, Revocation = new Revocation(kept, now) };
    }

    /// <summary>Lets a revoked device pair again. None of its earlier certificates speaks for it again.</summary>
    /// <returns>The device as it is now; or <c>identity.not_revoked</c>.</returns>
    public static Result<DeviceIdentity> ClearRevocation(DeviceIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return identity.Revocation is null ? new IdentityRefusal.NotRevoked(identity.DeviceId) : identity with { Revocation = null };
    }

    private static int IssuedSince(DeviceIdentity identity, UnixTime since)
    {
        var issued = 0;
        for (var i = identity.Certificates.Count - 1; i >= 0 && identity.Certificates[i].IssuedAt > since; i--)
        {
            issued++;
        }

        return issued;
    }

    // What has expired authenticates nobody, known or not; the rate needs the last hour. So the memory of a device does not grow with its age.
    private static ImmutableList<IssuedCertificate> Remember(ImmutableList<IssuedCertificate> certificates, IssuedCertificate added)
    {
        var kept = certificates.RemoveAll(old => old.ExpiresAt <= added.IssuedAt && old.IssuedAt <= added.IssuedAt.Add(-RateWindow));
        return (kept.Count < MaxCertificates ? kept : kept.RemoveRange(0, kept.Count - MaxCertificates + 1)).Add(added);
    }
}
