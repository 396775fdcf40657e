using System.Security.Cryptography;
using System.Text;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Client;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Attacks;

/// <summary>Mutated certificates, keys and states: refused or read, and never an exception of another kind.</summary>
public sealed class IdentityFuzzTests : IDisposable
{
    private readonly TestGateway _gateway = new();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public void Requests_NeverGiveAKeyThatDidNotSign()
    {
        var good = SigningRequests.P256();
        var expected = SigningRequest.Read(good).Value.PublicKey.ExportSubjectPublicKeyInfo();
        Fuzzer.Run("der-signing-request", 20260503, [good], input =>
        {
            var read = SigningRequest.Read(input);
            Assert.True(!read.IsOk || read.Value.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(expected));
        });
    }

    [Fact]
    public void IssuedCertificates_TheNodeTakesOnlyItsOwn()
    {
        var device = TestGateway.NewDeviceId();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = Encoding.ASCII.GetBytes(_gateway.Certificates.IssueDevice(SigningRequests.ForKey(key), device, _gateway.Now).Value.Pem);
        var privateKey = key.ExportPkcs8PrivateKey();
        Assert.True(Accepts(pem));
        var der = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem)).RawData;
        Fuzzer.Run("pem-certificate", 20260504, [pem], input => Accepts(input));
        Fuzzer.Run("der-certificate", 20260505, [der], input => Accepts(Encoding.ASCII.GetBytes(PemEncoding.Write("CERTIFICATE", input))));

        bool Accepts(byte[] text) => IssuedCertificates.IsFor(Encoding.Latin1.GetString(text), privateKey, device, _gateway.Certificates.CaCertificate, _gateway.Now);
    }

    [Fact]
    public void TrustedAuthorities_AreReadOrRefused()
    {
        var good = Encoding.ASCII.GetBytes(_gateway.Certificates.CaCertificatePem);
        Fuzzer.Run("pem-authority", 20260506, [good], input =>
        {
            try
            {
                _ = GatewayTrust.FromPem(Encoding.Latin1.GetString(input));
            }
            catch (ArgumentException)
            {
                // The refusal that the caller is promised.
            }
        });
    }

    [Fact]
    public void NodeIdentities_AreReadOrNamedAsDamaged()
    {
        var secrets = new MemorySecretStore();
        var store = new NodeIdentityStore(secrets);
        store.Save(NodeIdentity.New(TestGateway.NewDeviceId()) with { PendingSession = new PairingSessionId(Identities.Device(1).Value), PendingCheckCode = "123456" });
        Assert.True(secrets.TryRead(NodeIdentityStore.Entry, out var good));
        Fuzzer.Run("node-identity", 20260507, [good], input =>
        {
            secrets.Write(NodeIdentityStore.Entry, input);
            try
            {
                _ = store.Load();
            }
            catch (SecretStoreException damaged)
            {
                Assert.Contains(NodeIdentityStore.Entry, damaged.Message, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void IdentityStates_AreReadOrNamedAsDamaged()
    {
        using var folder = new TemporaryFolder();
        var keys = StoreKeyRing.FromKeys(new byte[32]);
        var store = new SealedIdentityStateStore(folder.File("state"), keys);
        var registry = new IdentityRegistry(store);
        registry.Pair(Identities.DeviceA, Identities.Certificate(1), Identities.Start);
        registry.Revoke(Identities.DeviceB, "stolen", Identities.Start);
        registry.AddEnrollment(new Enrollment(new PairingSessionId(Identities.Device(1).Value), Identities.DeviceA, new byte[] { 1, 2, 3 }, Identities.Minutes(10)), Identities.Start);
        Assert.True(store.File.TryRead(out var good));
        Fuzzer.Run("identity-state", 20260508, [good], input =>
        {
            File.WriteAllBytes(store.File.FilePath, keys.Seal(store.File.Context, input));
            try
            {
                _ = new IdentityRegistry(store);
            }
            catch (SecretStoreException)
            {
                // The refusal that the caller is promised.
            }
        });
    }

    [Fact]
    public void Fingerprints_AndPins_AreParsedOrRefused()
    {
        var good = Encoding.ASCII.GetBytes(Identities.Certificate(1).Fingerprint.ToString());
        Fuzzer.Run("fingerprint", 20260509, [good], input =>
        {
            var text = Encoding.Latin1.GetString(input);
            Assert.True(!CertificateFingerprint.TryParse(text, out var fingerprint) || fingerprint.ToString() == text);
        });
    }
}
