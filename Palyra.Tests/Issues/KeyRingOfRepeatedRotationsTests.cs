using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Each rotation that met an entry it could not open left one more key in the key file, until that was too long to be read and nothing opened any more.</summary>
public sealed class KeyRingOfRepeatedRotationsTests
{
    [Fact]
    public void RotateKey_FailingOverAndOver_KeepsTwoKeys()
    {
        using var folder = new TemporaryFolder();
        var store = new SealedFileSecretStore(folder.File("secrets"), StoreKeyRing.OpenFile(folder.File("store.key")));
        store.Write("good", [1, 2, 3]);
        store.Write("bad", [1]);
        var damaged = Directory.GetFiles(folder.File("secrets")).Single(path => Path.GetFileName(path).StartsWith("626164", StringComparison.Ordinal));
        File.WriteAllBytes(damaged, [0]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Throws<SecretStoreException>(() => store.RotateKey());
        }

        Assert.Equal(3, File.ReadAllLines(folder.File("store.key")).Length);
        var reopened = new SealedFileSecretStore(folder.File("secrets"), StoreKeyRing.OpenFile(folder.File("store.key")));
        Assert.True(reopened.TryRead("good", out var secret));
        Assert.Equal([1, 2, 3], secret);
        File.Delete(damaged);
        reopened.RotateKey();
        Assert.Equal(2, File.ReadAllLines(folder.File("store.key")).Length);
    }
}
