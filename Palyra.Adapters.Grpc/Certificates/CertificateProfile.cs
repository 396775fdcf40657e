using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>What the gateway's certificates say: names, extensions and validity of the authority, of devices and of the server.</summary>
public static class CertificateProfile
{
    /// <summary>A DNS name that every server certificate carries, whatever the gateway's address.</summary>
    public const string ServerName = "palyrad-node-rpc";

    /// <summary>Certificates begin to be valid so much before they are issued, for clocks that run behind.</summary>
    public static readonly TimeSpan BackDating = TimeSpan.FromMinutes(5);

    /// <summary>The validity of a device certificate.</summary>
    public static readonly TimeSpan DeviceValidity = TimeSpan.FromHours(24);

    /// <summary>The validity of a server certificate; it is renewed when less than a third is left.</summary>
    public static readonly TimeSpan ServerValidity = TimeSpan.FromDays(30);

    /// <summary>
    /// The extension of server certificates that carries the authority's certificate: TLS stacks leave the root out of the chain they send, and a node that
    /// knows the root only by its SHA-256 has to get it from somewhere. A UUID-derived identifier (X.667), not critical.
    /// </summary>
    public const string AuthorityExtension = "2.25.212351837269173206713418571928374612907";

    internal const string AuthorityName = "CN=Palyra Gateway CA";
    internal const int AuthorityYears = 10;
    internal const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    internal const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string DeviceUriPrefix = "spiffe://palyra/device/";
    private const string SubjectAlternativeName = "2.5.29.17";

    internal static CertificateRequest Authority(ECDsa key)
    {
        var request = new CertificateRequest(AuthorityName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    internal static CertificateRequest Device(PublicKey key, DeviceId device, X509Certificate2 authority)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(DeviceUriPrefix + device));
        return Leaf($"CN=Palyra Device {device}, O=Palyra", key, names, ClientAuthentication, authority);
    }

    internal static CertificateRequest Server(PublicKey key, ServerIdentity identity, X509Certificate2 authority)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in identity.AllNames)
        {
            names.AddDnsName(name);
        }

        foreach (var address in identity.AllAddresses)
        {
            names.AddIpAddress(address);
        }

        var request = Leaf($"CN={ServerName}, O=Palyra", key, names, ServerAuthentication, authority);
        request.CertificateExtensions.Add(new X509Extension(AuthorityExtension, authority.RawData, critical: false));
        return request;
    }

    internal static byte[] NewSerial() => RandomNumberGenerator.GetBytes(16);

    /// <summary>The device that a certificate names by URI; a certificate that names two names none.</summary>
    internal static bool TryReadDevice(X509Certificate2 certificate, out DeviceId device)
    {
        device = default;
        var uris = certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName).SelectMany(GeneralNames.Uris).ToArray();
        return uris is [var uri] && uri.StartsWith(DeviceUriPrefix, StringComparison.Ordinal) && DeviceId.TryParse(uri.AsSpan(DeviceUriPrefix.Length), out device);
    }

    private static CertificateRequest Leaf(string subject, PublicKey key, SubjectAlternativeNameBuilder names, string usage, X509Certificate2 authority)
    {
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        return request;
    }
}
