using System.Text;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Adapters.Identity;

public sealed class SealedIdentityStateStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NothingSaved_IsEmpty() => Assert.Empty(Open().Load().Devices);

    [Fact]
    public void Registry_Reopened_KnowsEverythingAgain()
    {
        var registry = new IdentityRegistry(Open());
        var session = new PairingSessionId(Device(5).Value);
        registry.Pair(DeviceA, Certificate(1), Start);
        registry.Rotate(DeviceA, Certificate(1).Fingerprint, Certificate(2, Minutes(1)), Minutes(1));
        registry.Pair(DeviceB, Certificate(3), Start, Minutes(60));
        registry.Revoke(DeviceB, "stolen", Minutes(2));
        registry.AddEnrollment(new Enrollment(session, DeviceA, new byte[] { 1, 2, 3 }, Minutes(20)), Minutes(2));

        var reopened = new IdentityRegistry(Open());
        Assert.True(reopened.TryGetIdentity(DeviceA, out var a));
        Assert.Equal([Certificate(1), Certificate(2, Minutes(1))], a.Certificates);
        Assert.Equal(Certificate(2, Minutes(1)), a.Current);
        Assert.Equal(new RetiringCertificate(Certificate(1), Minutes(11)), a.Retiring);
        Assert.Equal((Start, null), (a.PairedAt, a.PairedUntil));
        Assert.True(reopened.TryGetIdentity(DeviceB, out var b));
        Assert.Equal(new Revocation("stolen", Minutes(2)), b.Revocation);
        Assert.Null(b.Current);
        Assert.Equal(Minutes(60), b.PairedUntil);
        Assert.True(reopened.TryGetEnrollment(session, Minutes(3), out var enrollment));
        Assert.Equal([1, 2, 3], enrollment.CertificateRequest.ToArray());
    }

    [Fact]
    public void Save_File_ShowsNothingOfTheState()
    {
        new IdentityRegistry(Open()).Revoke(DeviceA, "stolen laptop", Start);
        var content = Encoding.Latin1.GetString(File.ReadAllBytes(StateFile));
        Assert.DoesNotContain(DeviceA.ToString(), content, StringComparison.Ordinal);
        Assert.DoesNotContain("stolen", content, StringComparison.Ordinal);
        Assert.Equal([SealedIdentityStateStore.FileName, "store.key"], Directory.GetFiles(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Load_Tampered_StopsTheRegistry()
    {
        new IdentityRegistry(Open()).Revoke(DeviceA, "stolen", Start);
        var content = File.ReadAllBytes(StateFile);
        content[^20] ^= 1;
        File.WriteAllBytes(StateFile, content);
        Assert.Throws<SecretStoreException>(() => new IdentityRegistry(Open()));
        Assert.Equal(content, File.ReadAllBytes(StateFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schema_version":2,"devices":[],"enrollments":[]}""")]
    [InlineData("""{"schema_version":1,"devices":null,"enrollments":[]}""")]
    [InlineData("""{"schema_version":1,"devices":[{"device_id":"nobody","certificates":[]}],"enrollments":[]}""")]
    [InlineData("""{"schema_version":1,"devices":[{"device_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","certificates":[],"current_fingerprint":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","retiring_fingerprint":null,"retiring_until_unix_ms":null,"revocation_reason":null,"revoked_at_unix_ms":null,"paired_at_unix_ms":null}],"enrollments":[]}""")]
    public void Load_SealedButNotAState_StopsTheRegistry(string json)
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        new SealedFile(StateFile, "palyra/identity-state.v1", keys).Write(Encoding.UTF8.GetBytes(json));
        Assert.Throws<SecretStoreException>(() => new IdentityRegistry(Open()));
    }

    private string StateFile => _folder.File(SealedIdentityStateStore.FileName);

    private SealedIdentityStateStore Open() => new(StateFile, StoreKeyRing.OpenFile(_folder.File("store.key")));
}
