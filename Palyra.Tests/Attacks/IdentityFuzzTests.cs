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

namespace Palyra.Tests.Attacks;

/// <summary>Mutated certificates, keys and states: refused or read, and never an exception of another kind.</summary>
public sealed class IdentityFuzzTests : IDisposable
{
    private readonly TestGateway _gateway = new();
    private readonly Random _random = new(20260503);

    private static int Runs => Environment.GetEnvironmentVariable("PALYRA_LONG") == "1" ? 100_000 : 2_000;

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public void Requests_NeverGiveAKeyThatDidNotSign()
    {
        var good = SigningRequests.P256();
        var expected = SigningRequest.Read(good).Value.PublicKey.ExportSubjectPublicKeyInfo();
        for (var i = 0; i < Runs; i++)
        {
            var read = SigningRequest.Read(Mutations.Mutate(good, _random));
            Assert.True(!read.IsOk || read.Value.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(expected));
        }
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
        for (var i = 0; i < Runs; i++)
        {
            // Half of the mutations are of the PEM text, half of the DER inside it.
            var mutated = i % 2 == 0 ? Mutations.Mutate(pem, _random) : Encoding.ASCII.GetBytes(PemEncoding.Write("CERTIFICATE", Mutations.Mutate(der, _random)));
            _ = Accepts(mutated);
        }

        bool Accepts(byte[] text) => IssuedCertificates.IsFor(Encoding.Latin1.GetString(text), privateKey, device, _gateway.Certificates.CaCertificate, _gateway.Now);
    }

    [Fact]
    public void TrustedAuthorities_AreReadOrRefused()
    {
        var good = Encoding.ASCII.GetBytes(_gateway.Certificates.CaCertificatePem);
        for (var i = 0; i < Runs; i++)
        {
            try
            {
                _ = GatewayTrust.FromPem(Encoding.Latin1.GetString(Mutations.Mutate(good, _random)));
            }
            catch (ArgumentException)
            {
                // The refusal that the caller is promised.
            }
        }
    }

    [Fact]
    public void NodeIdentities_AreReadOrNamedAsDamaged()
    {
        var secrets = new MemorySecretStore();
        var store = new NodeIdentityStore(secrets);
        store.Save(NodeIdentity.New(TestGateway.NewDeviceId()) with { PendingSession = new PairingSessionId(Identities.Device(1).Value), PendingCheckCode = "123456" });
        Assert.True(secrets.TryRead(NodeIdentityStore.Entry, out var good));
        for (var i = 0; i < Runs; i++)
        {
            secrets.Write(NodeIdentityStore.Entry, Mutations.Mutate(good, _random));
            try
            {
                _ = store.Load();
            }
            catch (SecretStoreException damaged)
            {
                Assert.Contains(NodeIdentityStore.Entry, damaged.Message, StringComparison.Ordinal);
            }
        }
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
        for (var i = 0; i < Runs; i++)
        {
            File.WriteAllBytes(store.File.FilePath, keys.Seal(store.File.Context, Mutations.Mutate(good, _random)));
            try
            {
                _ = new IdentityRegistry(store);
            }
            catch (SecretStoreException)
            {
                // The refusal that the caller is promised.
            }
        }
    }

    [Fact]
    public void Fingerprints_AndPins_AreParsedOrRefused()
    {
        var good = Encoding.ASCII.GetBytes(Identities.Certificate(1).Fingerprint.ToString());
        for (var i = 0; i < Runs; i++)
        {
            var text = Encoding.Latin1.GetString(Mutations.Mutate(good, _random));
            Assert.True(!CertificateFingerprint.TryParse(text, out var fingerprint) || fingerprint.ToString() == text);
        }
    }
}
