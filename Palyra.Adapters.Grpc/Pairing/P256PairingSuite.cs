using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>Pairing protocol version 2 on the platform's cryptography: ECDH and ECDSA over P-256, PKCS#10. Stateless and thread-safe.</summary>
public sealed class P256PairingSuite : IPairingSuite
{
    /// <summary>The only instance one needs.</summary>
    public static readonly P256PairingSuite Instance = new();

    /// <inheritdoc/>
    public uint ProtocolVersion => PairingTranscript.ProtocolVersion;

    /// <inheritdoc/>
    public IPairingAgreement NewAgreement() => new P256Agreement();

    /// <inheritdoc/>
    public bool ProvesPossession(ReadOnlySpan<byte> certificateRequest) => SigningRequest.Read(certificateRequest).IsOk;

    /// <inheritdoc/>
    public bool VerifySignature(ReadOnlySpan<byte> signingPublic, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != PairingTranscript.SignatureLength || !P256Point.TryRead(signingPublic, out var point))
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create(P256Point.Parameters(point));
            return key.VerifyData(payload, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false; // no point of the curve
        }
    }
}
