using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>Certificates that must not speak for a device: first judged by the authority's rules, then by the registry.</summary>
public sealed class IdentityAttacks : IDisposable
{
    private readonly TestGateway _gateway = new();
    private readonly DeviceId _device = TestGateway.NewDeviceId();

    public static TheoryData<string> Cases() => AttackCase.Of("identity");

    public void Dispose() => _gateway.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attack_IsRefusedWithItsCode(string id)
    {
        var attack = AttackCase.Load("identity", id);
        using var certificate = Certificate(attack.Input.GetProperty("certificate").GetString()!);
        Assert.Equal(attack.ExpectedRefusal, Judge(certificate).Refusal?.Code);
    }

    [Fact]
    public void HonestCertificate_IsLetIn()
    {
        using var certificate = _gateway.Pair(_device);
        Assert.Equal(_device, Judge(certificate).Value);
    }

    private Result<DeviceId> Judge(X509Certificate2 certificate)
    {
        var fingerprint = CertificateFingerprint.Of(certificate.RawData);
        if (!_gateway.Certificates.VerifyDevice(certificate, _gateway.Now).TryGet(out _, out var refusal)
            || !_gateway.Registry.Authenticate(fingerprint, _gateway.Now).TryGet(out var device, out refusal))
        {
            return refusal;
        }

        return device == _device ? device : new IdentityRefusal.DeviceMismatch(_device);
    }

    private X509Certificate2 Certificate(string kind)
    {
        switch (kind)
        {
            case "self_signed":
                return SelfSigned($"CN=Palyra Device {_device}, O=Palyra");
            case "self_signed_with_the_authoritys_name":
                return SelfSigned(CertificateProfile.AuthorityName);
            case "other_authority_of_the_same_name":
                using (var other = new TestGateway())
                {
                    return other.Pair(_device);
                }

            case "issued_by_a_device":
                return IssuedBy(_gateway.Pair(_device));
            case "server":
                return X509CertificateLoader.LoadCertificate(_gateway.Certificates.Server.RawData);
            case "authority":
                return X509CertificateLoader.LoadCertificate(_gateway.Certificates.CaCertificate.RawData);
            case "expired":
                return After(_gateway.Pair(_device), TimeSpan.FromHours(24));
            case "not_yet_valid":
                return After(_gateway.Pair(_device), TimeSpan.FromMinutes(-6));
            case "issued_but_not_registered":
                return _gateway.Issue(_device).Certificate;
            case "of_another_device":
                return _gateway.Pair(TestGateway.NewDeviceId());
            case "revoked_device":
                return Then(_gateway.Pair(_device), _ => _gateway.Registry.Revoke(_device, "stolen", _gateway.Now));
            case "revoked_and_cleared_device":
                return Then(_gateway.Pair(_device), _ =>
                {
                    _gateway.Registry.Revoke(_device, "stolen", _gateway.Now);
                    _gateway.Registry.ClearRevocation(_device, _gateway.Now);
                });
            case "paired_again_since":
                return Then(_gateway.Pair(_device), _ => _gateway.Pair(_device).Dispose());
            case "rotated_and_successor_used":
                return Then(_gateway.Pair(_device), old =>
                {
                    var (next, issued) = _gateway.Issue(_device);
                    Assert.True(_gateway.Registry.Rotate(_device, CertificateFingerprint.Of(old.RawData), issued, _gateway.Now).IsOk);
                    _gateway.Registry.MarkUsed(issued.Fingerprint, _gateway.Now);
                    next.Dispose();
                });
            case "rotated_ten_minutes_ago":
                return Then(_gateway.Pair(_device), old =>
                {
                    var (next, issued) = _gateway.Issue(_device);
                    Assert.True(_gateway.Registry.Rotate(_device, CertificateFingerprint.Of(old.RawData), issued, _gateway.Now).IsOk);
                    next.Dispose();
                    _gateway.Clock.Advance(TimeSpan.FromMinutes(10));
                });
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    private X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(_gateway.Clock.GetUtcNow().AddMinutes(-1), _gateway.Clock.GetUtcNow().AddDays(1));
    }

    private X509Certificate2 IssuedBy(X509Certificate2 device)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Palyra Device {_device}, O=Palyra", key, HashAlgorithmName.SHA256);
        using var issuerKey = device.GetECDsaPrivateKey()!;
        return request.Create(device.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), _gateway.Clock.GetUtcNow(), _gateway.Clock.GetUtcNow().AddHours(1), [1]);
    }

    private X509Certificate2 After(X509Certificate2 certificate, TimeSpan time)
    {
        if (time < TimeSpan.Zero)
        {
            _gateway.Clock.AdjustTime(_gateway.Clock.GetUtcNow() + time);
        }
        else
        {
            _gateway.Clock.Advance(time);
        }

        return certificate;
    }

    private static X509Certificate2 Then(X509Certificate2 certificate, Action<X509Certificate2> act)
    {
        act(certificate);
        return certificate;
    }
}
