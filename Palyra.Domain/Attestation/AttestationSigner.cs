using System.Security.Cryptography;

namespace Palyra.Domain.Attestation;

/// <summary>Signs attestations into envelopes: for the side that builds and boots workers, not for the gateway.</summary>
public static class AttestationSigner
{
    /// <summary>An envelope with one ECDSA signature (64 bytes r‖s). The key has to be on P-256 for a fleet to accept it.</summary>
    public static DsseEnvelope Sign(AttestationPayload payload, string keyId, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Sign(payload, keyId, signed => key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    /// <summary>An envelope with one RSA-PSS signature.</summary>
    public static DsseEnvelope Sign(AttestationPayload payload, string keyId, RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Sign(payload, keyId, signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    private static DsseEnvelope Sign(AttestationPayload payload, string keyId, Func<byte[], byte[]> sign)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(keyId);
        var body = payload.ToJson();
        var signature = sign(DsseEnvelope.PreAuthenticationEncoding(DsseEnvelope.AttestationPayloadType, body));
        return new DsseEnvelope(DsseEnvelope.AttestationPayloadType, body, [new DsseSignature(keyId, signature)]);
    }
}
