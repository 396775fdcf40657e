using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Tests.Builders;

/// <summary>A certificate of an unknown authority, which it says can be fetched from an address of this machine; and whether anybody came for it.</summary>
internal sealed class AddressedCertificate : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    internal AddressedCertificate()
    {
        _listener.Start();
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Stranger", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([], [$"http://{_listener.LocalEndpoint}/authority.cer"]));
        var now = DateTimeOffset.UtcNow;
        using var bare = request.Create(
            new X500DistinguishedName("CN=Unknown Authority"), X509SignatureGenerator.CreateForECDsa(authority), now.AddMinutes(-5), now.AddHours(1), RandomNumberGenerator.GetBytes(16));
        Certificate = bare.CopyWithPrivateKey(key);
    }

    internal X509Certificate2 Certificate { get; }

    /// <summary>Whether somebody knocked at the address.</summary>
    internal bool WasFollowed => _listener.Pending();

    public void Dispose()
    {
        Certificate.Dispose();
        _listener.Dispose();
    }
}
