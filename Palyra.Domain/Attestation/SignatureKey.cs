using System.Security.Cryptography;

namespace Palyra.Domain.Attestation;

/// <summary>One public key and its algorithm: ECDSA P-256 or RSA-PSS, both with SHA-256.</summary>
internal sealed class SignatureKey
{
    private const int P256SignatureLength = 64;
    private const string P256 = "1.2.840.10045.3.1.7";

    private readonly byte[] _spki;
    private readonly bool _isEcdsa;

    private SignatureKey(byte[] spki, bool isEcdsa)
    {
        _spki = spki;
        _isEcdsa = isEcdsa;
    }

    internal ReadOnlySpan<byte> Spki => _spki;

    /// <exception cref="ArgumentException">Neither a P-256 key nor an RSA key of 2048 to 8192 bits.</exception>
    internal static SignatureKey Import(ReadOnlyMemory<byte> spki)
    {
        var bytes = spki.ToArray();
        try
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(bytes, out var read);
            return read == bytes.Length && ecdsa.ExportParameters(false).Curve.Oid?.Value == P256
                ? new SignatureKey(bytes, isEcdsa: true)
                : throw new ArgumentException("An ECDSA signer needs a key on P-256.", nameof(spki));
        }
        catch (CryptographicException)
        {
            return ImportRsa(bytes);
        }
    }

    /// <summary>Verifies; an ECDSA signature is 64 bytes r‖s (IEEE P1363) or DER. A malformed one is a failed one.</summary>
    internal bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (!_isEcdsa)
            {
                using var rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(_spki, out _);
                return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
            }

            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(_spki, out _);
            var format = signature.Length == P256SignatureLength
                ? DSASignatureFormat.IeeeP1363FixedFieldConcatenation
                : DSASignatureFormat.Rfc3279DerSequence;
            return ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, format);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static SignatureKey ImportRsa(byte[] spki)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(spki, out var read);
            return read == spki.Length && rsa.KeySize is >= 2048 and <= 8192
                ? new SignatureKey(spki, isEcdsa: false)
                : throw new ArgumentException("An RSA signer needs a key of 2048 to 8192 bits.", nameof(spki));
        }
        catch (CryptographicException problem)
        {
            throw new ArgumentException("The signer's key is neither ECDSA P-256 nor RSA SubjectPublicKeyInfo.", nameof(spki), problem);
        }
    }
}
