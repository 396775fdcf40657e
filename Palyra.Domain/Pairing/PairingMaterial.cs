using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>What an approved device collects: its certificate and the authority's. There is no private key in it: that never leaves the device.</summary>
public sealed record PairingMaterial(
    string IdentityFingerprint, string TranscriptHashHex, string ClientCertificatePem, string GatewayCaCertificatePem, UnixTime CertificateExpiresAt);
