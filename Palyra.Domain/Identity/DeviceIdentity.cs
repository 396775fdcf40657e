using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>Everything the gateway knows about who a device is: its certificates, the one that counts, and whether it was revoked.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Certificates">Every certificate it was issued, oldest first, without those that had expired when the last one was issued; beyond <see cref="IdentityDecider.MaxCertificates"/> the oldest are forgotten. What is forgotten counts as unknown.</param>
/// <param name="Current">The certificate that authenticates it; <see langword="null"/> when none does.</param>
/// <param name="Retiring">The certificate before it, which still authenticates for a while so that an answer lost on the way locks nobody out.</param>
/// <param name="Revocation">Why nothing authenticates it; <see langword="null"/> when it is not revoked.</param>
/// <param name="PairedAt">When it was last paired; <see langword="null"/> when it never was.</param>
/// <param name="PairedUntil">When the approval of that pairing ends, and with it everything the device may do; <see langword="null"/> for no end.</param>
public sealed record DeviceIdentity(
    DeviceId DeviceId,
    ImmutableList<IssuedCertificate> Certificates,
    IssuedCertificate? Current,
    RetiringCertificate? Retiring,
    Revocation? Revocation,
    UnixTime? PairedAt,
    UnixTime? PairedUntil = null)
{
    /// <summary>Whether the device is paired and not revoked.</summary>
    public bool IsPaired => Revocation is null && Current is not null;

    internal static DeviceIdentity Unknown(DeviceId device) => new(device, [], null, null, null, null);
}
