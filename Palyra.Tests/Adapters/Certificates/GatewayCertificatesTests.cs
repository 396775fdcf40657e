using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Secrets;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Adapters.Certificates;

public sealed class GatewayCertificatesTests : IDisposable
{
    private static readonly DeviceId Device = DeviceId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemorySecretStore _secrets = new();
    private readonly GatewayCertificates _gateway;

    public GatewayCertificatesTests() => _gateway = Open();

    private UnixTime Now => UnixTime.Now(_clock);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public void Authority_IsAsThePageSays()
    {
        var authority = _gateway.CaCertificate;
        Assert.Equal("CN=Palyra Gateway CA", authority.Subject);
        Assert.Equal(authority.Subject, authority.Issuer);
        Assert.False(authority.HasPrivateKey);
        Assert.Equal("1.2.840.10045.3.1.7", authority.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        var constraints = authority.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, authority.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(_clock.GetUtcNow().AddYears(10), authority.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void LoadOrCreate_SecondStart_KeepsTheAuthority()
    {
        using var again = Open();
        Assert.Equal(_gateway.CaSha256, again.CaSha256);
        Assert.Equal([GatewayCertificates.AuthoritySecret], _secrets.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void LoadOrCreate_EntryIsNoAuthority_FailsAndKeepsIt(string content)
    {
        _secrets.Write(GatewayCertificates.AuthoritySecret, Encoding.ASCII.GetBytes(content));
        Assert.Throws<SecretStoreException>(Open);
        Assert.True(_secrets.TryRead(GatewayCertificates.AuthoritySecret, out var kept));
        Assert.Equal(content, Encoding.ASCII.GetString(kept));
    }

    [Fact]
    public void LoadOrCreate_AuthorityHasExpired_Fails()
    {
        _clock.Advance(TimeSpan.FromDays(365 * 10 + 3));
        Assert.Throws<SecretStoreException>(Open);
    }

    [Fact]
    public void IssueDevice_GoodRequest_GivesTheCertificateOfThePage()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = _gateway.IssueDevice(SigningRequests.ForKey(key), Device, Now).Value;
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        Assert.Equal($"CN=Palyra Device {Device}, O=Palyra", certificate.Subject);
        Assert.Equal("CN=Palyra Gateway CA", certificate.Issuer);
        Assert.Equal(_clock.GetUtcNow().AddMinutes(-5), certificate.NotBefore.ToUniversalTime());
        Assert.Equal(_clock.GetUtcNow().AddHours(24), certificate.NotAfter.ToUniversalTime());
        Assert.Equal("1.3.6.1.5.5.7.3.2", Assert.Single(certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Contains($"spiffe://palyra/device/{Device}", Encoding.Latin1.GetString(certificate.Extensions.Single(e => e.Oid!.Value == "2.5.29.17").RawData), StringComparison.Ordinal);
        // 128 random bits, of which the encoding drops leading zeros; under 12 bytes are left once in four thousand million times.
        Assert.InRange(certificate.SerialNumberBytes.Length, 12, 17);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(CertificateFingerprint.Of(certificate.RawData), issued.Issued.Fingerprint);
        Assert.Equal(Device, _gateway.VerifyDevice(certificate, Now).Value);
    }

    [Fact]
    public void IssueDevice_Twice_NeverReusesASerial()
    {
        var request = SigningRequests.P256();
        var serials = Enumerable.Range(0, 20).Select(_ => X509Certificate2.CreateFromPem(_gateway.IssueDevice(request, Device, Now).Value.Pem).SerialNumber);
        Assert.Equal(20, serials.Distinct().Count());
    }

    [Fact]
    public void IssueDevice_RequestAsksForMore_TakesOnlyTheKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var greedy = new CertificateRequest("CN=Palyra Gateway CA", key, HashAlgorithmName.SHA256);
        greedy.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        greedy.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var issued = _gateway.IssueDevice(greedy.CreateSigningRequest(), Device, Now).Value;
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        Assert.Equal($"CN=Palyra Device {Device}, O=Palyra", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(Device, _gateway.VerifyDevice(certificate, Now).Value);
    }

    [Fact]
    public void IssueDevice_BadRequest_IsRefusedWithItsCode()
    {
        Assert.Equal("certificate.request_malformed", Refused([]));
        Assert.Equal("certificate.request_malformed", Refused(new byte[100]));
        Assert.Equal("certificate.request_malformed", Refused(new byte[SigningRequest.MaxLength + 1]));
        Assert.Equal("certificate.request_malformed", Refused([.. SigningRequests.P256(), 0]));
        Assert.Equal("certificate.request_malformed", Refused(Encoding.ASCII.GetBytes(PemEncoding.Write("CERTIFICATE REQUEST", SigningRequests.P256()))));
        Assert.Equal("certificate.unsupported_key", Refused(SigningRequests.P384()));
        Assert.Equal("certificate.unsupported_key", Refused(SigningRequests.Rsa()));
        Assert.Equal("certificate.no_proof_of_possession", Refused(SigningRequests.WithoutPossession()));
    }

    [Fact]
    public void IssueDevice_CurveSpelledOut_IsRefused() => Assert.Equal("certificate.unsupported_key", Refused(SigningRequests.ExplicitCurve()));

    [Fact]
    public void IssueDevice_FuzzedRequests_AreRefusedOrStillPossessed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = SigningRequests.ForKey(key);
        Fuzzer.Run("der-signing-request", 20260501, [good], mutated =>
        {
            var result = _gateway.IssueDevice(mutated, Device, Now);
            if (result.IsOk)
            {
                using var certificate = X509Certificate2.CreateFromPem(result.Value.Pem);
                Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
            }
            else
            {
                Assert.StartsWith("certificate.", result.Refusal!.Code, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void VerifyDevice_OutsideItsValidity_IsRefused()
    {
        using var certificate = Issue(_gateway);
        Assert.Equal("certificate.not_yet_valid", _gateway.VerifyDevice(certificate, Now.Add(TimeSpan.FromMinutes(-6))).Refusal!.Code);
        Assert.True(_gateway.VerifyDevice(certificate, Now.Add(TimeSpan.FromMinutes(-5))).IsOk);
        Assert.True(_gateway.VerifyDevice(certificate, Now.Add(TimeSpan.FromHours(24)).AddMilliseconds(-1)).IsOk);
        Assert.Equal("certificate.expired", _gateway.VerifyDevice(certificate, Now.Add(TimeSpan.FromHours(24))).Refusal!.Code);
    }

    [Fact]
    public void VerifyDevice_OtherAuthorityOfTheSameName_IsUntrusted()
    {
        using var other = GatewayCertificates.LoadOrCreate(new MemorySecretStore(), new ServerIdentity(), _clock);
        using var foreign = Issue(other);
        Assert.Equal("certificate.untrusted", _gateway.VerifyDevice(foreign, Now).Refusal!.Code);
    }

    [Fact]
    public void VerifyDevice_SelfSigned_IsUntrusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest($"CN=Palyra Device {Device}, O=Palyra", key, HashAlgorithmName.SHA256).CreateSelfSigned(_clock.GetUtcNow(), _clock.GetUtcNow().AddDays(1));
        Assert.Equal("certificate.untrusted", _gateway.VerifyDevice(own, Now).Refusal!.Code);
    }

    [Fact]
    public void VerifyDevice_ServerOrAuthorityCertificate_IsRefused()
    {
        Assert.Equal("certificate.wrong_usage", _gateway.VerifyDevice(_gateway.Server, Now).Refusal!.Code);
        Assert.False(_gateway.VerifyDevice(_gateway.CaCertificate, Now).IsOk);
    }

    [Fact]
    public void VerifyDevice_IssuedByADeviceCertificate_IsUntrusted()
    {
        using var deviceKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var device = X509Certificate2.CreateFromPem(_gateway.IssueDevice(SigningRequests.ForKey(deviceKey), Device, Now).Value.Pem);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Palyra Device {Device}, O=Palyra", key, HashAlgorithmName.SHA256);
        using var forged = request.Create(device.SubjectName, X509SignatureGenerator.CreateForECDsa(deviceKey), _clock.GetUtcNow(), _clock.GetUtcNow().AddHours(1), [1]);
        Assert.Equal("certificate.untrusted", _gateway.VerifyDevice(forged, Now).Refusal!.Code);
    }

    [Fact]
    public void Server_NamesItsAddresses()
    {
        using var gateway = GatewayCertificates.LoadOrCreate(_secrets, new ServerIdentity { Names = ["gw.example"], Addresses = [IPAddress.Parse("10.1.2.3")] }, _clock);
        var names = gateway.Server.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["localhost", "palyrad-node-rpc", "gw.example"], names.EnumerateDnsNames());
        Assert.Equal(["127.0.0.1", "::1", "10.1.2.3"], names.EnumerateIPAddresses().Select(address => address.ToString()));
        Assert.True(gateway.Server.HasPrivateKey);
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(gateway.Server.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value);
    }

    [Fact]
    public void Server_LessThanAThirdLeft_IsRenewedOnce()
    {
        var first = _gateway.Server;
        _clock.Advance(TimeSpan.FromDays(19));
        Assert.Same(first, _gateway.Server);
        _clock.Advance(TimeSpan.FromDays(2));
        var second = _gateway.Server;
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.Same(second, _gateway.ServerContext.TargetCertificate);
        Assert.True(first.HasPrivateKey);
    }

    private GatewayCertificates Open() => GatewayCertificates.LoadOrCreate(_secrets, new ServerIdentity(), _clock);

    private X509Certificate2 Issue(GatewayCertificates gateway) => X509Certificate2.CreateFromPem(gateway.IssueDevice(SigningRequests.P256(), Device, Now).Value.Pem);

    private string Refused(byte[] request) => _gateway.IssueDevice(request, Device, Now).Refusal!.Code;
}
