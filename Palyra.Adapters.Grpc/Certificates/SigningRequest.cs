using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>A PKCS#10 request whose signer holds the private key. Only the key is taken from it: names and extensions are the gateway's to choose.</summary>
public sealed class SigningRequest
{
    /// <summary>The longest request in bytes; one for a P-256 key takes about 250.</summary>
    public const int MaxLength = 4096;

    private const string EllipticCurveKey = "1.2.840.10045.2.1";

    private SigningRequest(PublicKey publicKey) => PublicKey = publicKey;

    /// <summary>The key that signed the request: ECDSA P-256.</summary>
    public PublicKey PublicKey { get; }

    private static ReadOnlySpan<byte> NamedCurveP256 => [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

    /// <summary>Reads a request.</summary>
    /// <returns>The request; or <c>certificate.request_malformed</c>, <c>certificate.unsupported_key</c>, <c>certificate.no_proof_of_possession</c>.</returns>
    public static Result<SigningRequest> Read(ReadOnlySpan<byte> der)
    {
        if (der.IsEmpty || der.Length > MaxLength || !TryLoad(der, CertificateRequestLoadOptions.SkipSignatureValidation, out var request))
        {
            return new CertificateRefusal.RequestMalformed();
        }

        if (!IsP256(request.PublicKey))
        {
            return new CertificateRefusal.UnsupportedKey();
        }

        return TryLoad(der, CertificateRequestLoadOptions.Default, out _) ? new SigningRequest(request.PublicKey) : new CertificateRefusal.NoProofOfPossession();
    }

    private static bool IsP256(PublicKey key)
    {
        if (key.Oid.Value != EllipticCurveKey || !(key.EncodedParameters?.RawData).AsSpan().SequenceEqual(NamedCurveP256))
        {
            return false;
        }

        try
        {
            using var imported = key.GetECDsaPublicKey();
            return imported is not null;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool TryLoad(
        ReadOnlySpan<byte> der, CertificateRequestLoadOptions options, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CertificateRequest? request)
    {
        request = null;
        try
        {
            var loaded = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, out var consumed, options);
            request = consumed == der.Length ? loaded : null;
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException or FormatException or NotSupportedException)
        {
            return false;
        }

        return request is not null;
    }
}
