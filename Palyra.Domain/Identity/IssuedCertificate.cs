using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>A certificate that this gateway issued to a device.</summary>
/// <param name="Fingerprint">Which one.</param>
/// <param name="IssuedAt">When it was issued; its validity begins a little earlier, for clocks that run behind.</param>
/// <param name="ExpiresAt">From this instant on it authenticates nobody.</param>
public sealed record IssuedCertificate(CertificateFingerprint Fingerprint, UnixTime IssuedAt, UnixTime ExpiresAt);
