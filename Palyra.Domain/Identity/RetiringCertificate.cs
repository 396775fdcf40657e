using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>A certificate that a rotation has replaced.</summary>
/// <param name="Certificate">The replaced one.</param>
/// <param name="Until">From this instant on it is revoked, and sooner when its successor is first used.</param>
public sealed record RetiringCertificate(IssuedCertificate Certificate, UnixTime Until);
