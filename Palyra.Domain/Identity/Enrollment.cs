using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>A certificate request whose device has proven itself and which now waits for a person's decision.</summary>
/// <param name="SessionId">The pairing it belongs to.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="CertificateRequest">The PKCS#10 request, DER.</param>
/// <param name="ExpiresAt">From this instant on it is forgotten.</param>
public sealed record Enrollment(PairingSessionId SessionId, DeviceId DeviceId, ReadOnlyMemory<byte> CertificateRequest, UnixTime ExpiresAt);
