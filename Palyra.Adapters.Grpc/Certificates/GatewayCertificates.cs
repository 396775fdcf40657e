using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Secrets;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>
/// The gateway's certificate authority, and what it issues: device certificates from requests that prove possession, and the gateway's own server
/// certificate, renewed while running. The authority's private key is in the secret store and in memory, nowhere else. Thread-safe.
/// </summary>
[DebuggerDisplay("gateway CA {CaSha256}")]
public sealed class GatewayCertificates : IDisposable
{
    /// <summary>The secret store's entry of the authority: certificate and private key in PEM.</summary>
    public const string AuthoritySecret = "gateway/certificate-authority";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly ECDsa _key;
    private readonly X509Certificate2 _authority;
    private readonly ServerIdentity _identity;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private volatile ServerCertificate? _server;

    private GatewayCertificates(ECDsa key, X509Certificate2 authority, ServerIdentity identity, TimeProvider clock)
    {
        _key = key;
        _authority = authority;
        _identity = identity;
        _clock = clock;
        CaCertificatePem = authority.ExportCertificatePem();
        CaSha256 = Convert.ToHexStringLower(SHA256.HashData(authority.RawDataMemory.Span));
    }

    /// <summary>The authority's certificate in PEM, for the nodes to trust.</summary>
    public string CaCertificatePem { get; }

    /// <summary>The SHA-256 of the authority's certificate in lower-case hexadecimal: the pin that a QR token or a command line carries.</summary>
    public string CaSha256 { get; }

    /// <summary>The authority's certificate, without its private key.</summary>
    public X509Certificate2 CaCertificate => _authority;

    /// <summary>Loads the authority from the secret store, or creates it on first start.</summary>
    /// <exception cref="SecretStoreException">There is one and it cannot be opened, or it has expired. It is never replaced silently: every device would be locked out.</exception>
    public static GatewayCertificates LoadOrCreate(ISecretStore secrets, ServerIdentity identity, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(clock);
        if (!secrets.TryRead(AuthoritySecret, out var stored))
        {
            Create(secrets, clock);
            if (!secrets.TryRead(AuthoritySecret, out stored))
            {
                throw new SecretStoreException($"The secret store does not keep '{AuthoritySecret}'.");
            }
        }

        try
        {
            var pem = Encoding.ASCII.GetString(stored);
            var key = ECDsa.Create();
            key.ImportFromPem(KeyIn(pem));
            var authority = X509Certificate2.CreateFromPem(pem);
            if (authority.NotAfter.ToUniversalTime() <= clock.GetUtcNow())
            {
                throw new SecretStoreException($"The certificate authority in '{AuthoritySecret}' has expired. Delete it to create a new one, then pair every device again.");
            }

            return new GatewayCertificates(key, authority, identity, clock);
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException)
        {
            throw new SecretStoreException($"The entry '{AuthoritySecret}' holds no certificate authority.", malformed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(stored);
        }
    }

    /// <summary>
    /// The certificate that the server presents now, with its private key and chain. Ask for every handshake: when less than a third of its validity
    /// is left this makes a new one. Connections made with the earlier one go on.
    /// </summary>
    public SslStreamCertificateContext ServerContext => CurrentServer().Context;

    /// <summary>The certificate that the server presents now, with its private key.</summary>
    public X509Certificate2 Server => CurrentServer().Certificate;

    /// <summary>Issues a certificate for 24 hours to the key that signed the request.</summary>
    /// <returns>The certificate; or <c>certificate.request_malformed</c>, <c>certificate.unsupported_key</c>, <c>certificate.no_proof_of_possession</c>.</returns>
    public Result<DeviceCertificate> IssueDevice(ReadOnlySpan<byte> signingRequest, DeviceId device, UnixTime now)
    {
        if (device.IsEmpty)
        {
            throw new ArgumentException("A certificate needs a device to name.", nameof(device));
        }

        if (!SigningRequest.Read(signingRequest).TryGet(out var request, out var refusal))
        {
            return refusal;
        }

        var issuedAt = now.ToDateTimeOffset();
        using var certificate = Sign(CertificateProfile.Device(request.PublicKey, device, _authority), issuedAt, CertificateProfile.DeviceValidity);
        var fingerprint = CertificateFingerprint.Of(certificate.RawDataMemory.Span);
        var expiresAt = UnixTime.From(certificate.NotAfter.ToUniversalTime());
        return new DeviceCertificate(certificate.ExportCertificatePem(), new IssuedCertificate(fingerprint, now, expiresAt));
    }

    /// <summary>Judges a client's certificate: issued by this authority, in its validity, for client authentication, naming one device.</summary>
    /// <returns>The device it names; or <c>certificate.untrusted</c>, <c>.not_yet_valid</c>, <c>.expired</c>, <c>.wrong_usage</c>, <c>.no_device</c>. Revocation is the registry's to judge.</returns>
    public Result<DeviceId> VerifyDevice(X509Certificate2 certificate, UnixTime now) => DeviceCertificateRules.Judge(certificate, _authority, now);

    /// <summary>Clears the private keys.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _authority.Dispose();
        _server?.Certificate.Dispose();
    }

    private static void Create(ISecretStore secrets, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = clock.GetUtcNow();
        var request = CertificateProfile.Authority(key);
        using var authority = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - CertificateProfile.BackDating, now.AddYears(CertificateProfile.AuthorityYears), CertificateProfile.NewSerial());
        var pem = Encoding.ASCII.GetBytes($"{authority.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        secrets.Write(AuthoritySecret, pem);
        CryptographicOperations.ZeroMemory(pem);
    }

    private static ReadOnlySpan<char> KeyIn(string pem)
    {
        for (var rest = pem.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is "PRIVATE KEY")
            {
                return rest[fields.Location];
            }
        }

        throw new CryptographicException("There is no private key.");
    }

    private ServerCertificate CurrentServer()
    {
        var now = UnixTime.Now(_clock);
        if (_server is { } current && !CertificateRotation.IsDue(current.IssuedAt, current.ExpiresAt, now))
        {
            return current;
        }

        lock (_lock)
        {
            // The replaced certificate is not disposed of: handshakes under way may still hold it.
            return _server is { } renewed && !CertificateRotation.IsDue(renewed.IssuedAt, renewed.ExpiresAt, now) ? renewed : _server = NewServer_NeedsLock(now);
        }
    }

    private ServerCertificate NewServer_NeedsLock(UnixTime now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicPart = Sign(CertificateProfile.Server(new PublicKey(key), _identity, _authority), now.ToDateTimeOffset(), CertificateProfile.ServerValidity);
        var certificate = publicPart.CopyWithPrivateKey(key);
        if (OperatingSystem.IsWindows())
        {
            // SChannel cannot use a key that lives in memory only.
            using var inMemory = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), null);
        }

        return new ServerCertificate(
            certificate, SslStreamCertificateContext.Create(certificate, [_authority], offline: true), now, UnixTime.From(certificate.NotAfter.ToUniversalTime()));
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset now, TimeSpan validity)
    {
        DateTimeOffset end = _authority.NotAfter.ToUniversalTime();
        return request.Create(
            _authority.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            now - CertificateProfile.BackDating,
            now + validity < end ? now + validity : end,
            CertificateProfile.NewSerial());
    }

    private sealed record ServerCertificate(X509Certificate2 Certificate, SslStreamCertificateContext Context, UnixTime IssuedAt, UnixTime ExpiresAt);
}
