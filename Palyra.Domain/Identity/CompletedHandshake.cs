using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>A handshake that held: what it proved, and by which message.</summary>
/// <param name="Session">The session.</param>
/// <param name="Pairing">What it proved.</param>
/// <param name="CheckCode">Six digits to compare with those the device prints.</param>
/// <param name="Method">How its code travelled.</param>
/// <param name="CodeIssuedBy">Who minted its code.</param>
/// <param name="CertificateRequest">The PKCS#10 request whose possession was proven.</param>
/// <param name="MessageDigest">The digest of the completing message.</param>
/// <param name="CompletedAt">When.</param>
public sealed record CompletedHandshake(
    PairingSessionId Session,
    VerifiedPairing Pairing,
    string CheckCode,
    PairingMethod Method,
    string CodeIssuedBy,
    ReadOnlyMemory<byte> CertificateRequest,
    ReadOnlyMemory<byte> MessageDigest,
    UnixTime CompletedAt);
