using Palyra.Domain.Ids;

namespace Palyra.Domain.Pairing;

/// <summary>What a completed handshake proved about a device.</summary>
/// <param name="DeviceId">The id the device claims and signed.</param>
/// <param name="ClientKind">What the device is.</param>
/// <param name="IdentityFingerprint">Lower-case hex SHA-256 of its signing key.</param>
/// <param name="SigningPublicKeyHex">The signing key as lower-case hex.</param>
/// <param name="TranscriptHashHex">Lower-case hex SHA-256 of the transcript's MAC.</param>
public sealed record VerifiedPairing(
    DeviceId DeviceId, ClientKind ClientKind, string IdentityFingerprint, string SigningPublicKeyHex, string TranscriptHashHex);
