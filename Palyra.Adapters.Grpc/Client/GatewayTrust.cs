using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>
/// How a node knows its gateway: by the authority's certificate, or by the SHA-256 of it that a QR token or a command line carries. There is no trust on
/// first use, and the system's roots have no say.
/// </summary>
public sealed class GatewayTrust
{
    private readonly X509Certificate2? _authority;
    private readonly byte[]? _pin;

    private GatewayTrust(X509Certificate2? authority, byte[]? pin)
    {
        _authority = authority;
        _pin = pin;
    }

    /// <summary>Trust in an authority given in PEM.</summary>
    /// <exception cref="ArgumentException">The text is no certificate.</exception>
    public static GatewayTrust FromPem(string pem)
    {
        try
        {
            return new GatewayTrust(X509Certificate2.CreateFromPem(pem), null);
        }
        catch (CryptographicException malformed)
        {
            throw new ArgumentException("The gateway CA is no certificate in PEM.", nameof(pem), malformed);
        }
    }

    /// <summary>Trust in the authority whose certificate has this SHA-256.</summary>
    /// <param name="sha256">64 hexadecimal characters.</param>
    /// <exception cref="ArgumentException">The text is no SHA-256.</exception>
    public static GatewayTrust FromPin(string sha256)
    {
        ArgumentNullException.ThrowIfNull(sha256);
        var pin = new byte[SHA256.HashSizeInBytes];
        return sha256.Length == pin.Length * 2 && Convert.FromHexString(sha256, pin, out _, out _) == System.Buffers.OperationStatus.Done
            ? new GatewayTrust(null, pin)
            : throw new ArgumentException("A gateway CA pin is 64 hexadecimal characters.", nameof(sha256));
    }

    /// <summary>Whether a server's certificate was issued by the trusted authority for a server, is in its validity, and names the server that was wanted.</summary>
    internal bool Accepts(X509Certificate? presented, string serverName, UnixTime now)
    {
        if (presented is null)
        {
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        var authority = _authority ?? Pinned(certificate);
        return authority is not null
            && IsForServers(certificate)
            && certificate.MatchesHostname(serverName, allowWildcards: false, allowCommonName: false)
            && DeviceCertificateRules.ChainsTo(certificate, authority, X509VerificationFlags.NoFlag, now);
    }

    /// <summary>Whether an authority, as the gateway sent it, is the trusted one.</summary>
    internal bool IsAuthority(X509Certificate2 authority) => _authority is { } known
        ? known.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span)
        : SHA256.HashData(authority.RawDataMemory.Span).AsSpan().SequenceEqual(_pin);

    private X509Certificate2? Pinned(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == CertificateProfile.AuthorityExtension);
        if (extension is null || !SHA256.HashData(extension.RawData).AsSpan().SequenceEqual(_pin))
        {
            return null;
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(extension.RawData);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool IsForServers(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToArray() is [var usages]
        && usages.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value == CertificateProfile.ServerAuthentication);
}
