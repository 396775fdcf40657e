using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>Why and since when a device is revoked.</summary>
/// <param name="Reason">A text for people, at most <see cref="IdentityDecider.MaxReasonBytes"/> bytes, without control characters.</param>
/// <param name="At">When.</param>
public sealed record Revocation(string Reason, UnixTime At);
