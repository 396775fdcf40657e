using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Tests.Builders;

/// <summary>PKCS#10 requests, good and bad.</summary>
internal static class SigningRequests
{
    public static byte[] P256() => ForKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public static byte[] ForKey(ECDsa key) => new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256).CreateSigningRequest();

    public static byte[] P384() => ForKey(ECDsa.Create(ECCurve.NamedCurves.nistP384));

    public static byte[] Rsa()
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
    }

    /// <summary>The request names one key and is signed by another.</summary>
    public static byte[] WithoutPossession()
    {
        using var claimed = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(new X500DistinguishedName("CN=device"), new PublicKey(claimed), HashAlgorithmName.SHA256)
            .CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(own));
    }

    /// <summary>The curve is spelled out instead of named: the way to a key that matches a chosen signature (CVE-2020-0601).</summary>
    public static byte[] ExplicitCurve()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportExplicitParameters(true);
        using var spelledOut = ECDsa.Create(parameters);
        var publicKey = PublicKey.CreateFromSubjectPublicKeyInfo(spelledOut.ExportSubjectPublicKeyInfo(), out _);
        return new CertificateRequest(new X500DistinguishedName("CN=device"), publicKey, HashAlgorithmName.SHA256)
            .CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(key));
    }
}
