using System.Runtime.Versioning;
using System.Text;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Secrets;

public sealed class SealedFileSecretStoreTests : IDisposable
{
    private const string Name = "gateway/ca";
    private static readonly byte[] Secret = "the private key"u8.ToArray();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryRead_AfterWrite_GivesTheSecret()
    {
        Open().Write(Name, Secret);
        Assert.Equal(Secret, Read(Open(), Name));
    }

    [Fact]
    public void TryRead_NothingWritten_GivesNothing() => Assert.False(Open().TryRead(Name, out _));

    [Fact]
    public void Write_Again_ReplacesTheSecret()
    {
        var store = Open();
        store.Write(Name, Secret);
        store.Write(Name, "other"u8);
        Assert.Equal("other"u8.ToArray(), Read(store, Name));
    }

    [Fact]
    public void Write_SameSecretTwice_NeverGivesTheSameFile()
    {
        var store = Open();
        store.Write(Name, Secret);
        var first = File.ReadAllBytes(EntryFile());
        store.Write(Name, Secret);
        Assert.NotEqual(first, File.ReadAllBytes(EntryFile()));
    }

    [Fact]
    public void Write_EmptySecret_IsReadBackEmpty()
    {
        Open().Write(Name, []);
        Assert.Empty(Read(Open(), Name));
    }

    [Fact]
    public void Delete_AnEntry_RemovesItOnce()
    {
        var store = Open();
        store.Write(Name, Secret);
        Assert.True(store.Delete(Name));
        Assert.False(store.Delete(Name));
        Assert.False(store.TryRead(Name, out _));
    }

    [Fact]
    public void TryRead_AnyByteChanged_IsAnErrorThatNamesTheEntry()
    {
        var store = Open();
        store.Write(Name, Secret);
        var sealedBytes = File.ReadAllBytes(EntryFile());
        for (var i = 0; i < sealedBytes.Length; i++)
        {
            var tampered = (byte[])sealedBytes.Clone();
            tampered[i] ^= 1;
            AssertUnreadable(store, tampered);
        }
    }

    [Fact]
    public void TryRead_TruncatedAnywhere_IsAnErrorThatNamesTheEntry()
    {
        var store = Open();
        store.Write(Name, Secret);
        var sealedBytes = File.ReadAllBytes(EntryFile());
        for (var length = 0; length < sealedBytes.Length; length++)
        {
            AssertUnreadable(store, sealedBytes[..length]);
        }

        AssertUnreadable(store, [.. sealedBytes, 0]);
    }

    [Fact]
    public void TryRead_EntryMovedToAnotherName_IsAnError()
    {
        var store = Open();
        store.Write("a", Secret);
        store.Write("b", "other"u8);
        var folder = _folder.File("secrets");
        File.Copy(Path.Combine(folder, "61.sealed"), Path.Combine(folder, "62.sealed"), overwrite: true);
        Assert.Contains("'b'", Assert.Throws<SecretStoreException>(() => store.TryRead("b", out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_UnderAnotherKey_IsAnError()
    {
        Open().Write(Name, Secret);
        File.Delete(_folder.File("store.key"));
        Assert.Throws<SecretStoreException>(() => Open().TryRead(Name, out _));
    }

    [Fact]
    public void TryRead_EntryIsALink_IsAnError()
    {
        var store = Open();
        store.Write(Name, Secret);
        File.Move(EntryFile(), _folder.File("elsewhere"));
        File.CreateSymbolicLink(EntryFile(), _folder.File("elsewhere"));
        Assert.Throws<SecretStoreException>(() => store.TryRead(Name, out _));
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a\\b")]
    [InlineData("nul\0byte")]
    [InlineData("CON")]
    [InlineData("ünïcode")]
    public void Write_HostileName_StaysInTheFolder(string name)
    {
        var store = Open();
        store.Write(name, Secret);
        Assert.Equal(Secret, Read(store, name));
        var file = Assert.Single(Directory.GetFiles(_folder.File("secrets"), "*", SearchOption.AllDirectories));
        Assert.Equal(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(name)) + ".sealed", Path.GetFileName(file));
        Assert.Equal(["secrets", "store.key"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Write_LongestName_IsReadBack()
    {
        var store = Open();
        foreach (var length in new[] { 119, 120, 121, 240, 512, 1024 })
        {
            var name = new string('k', length);
            store.Write(name, Encoding.UTF8.GetBytes($"{length}"));
        }

        Assert.Equal("512"u8.ToArray(), Read(store, new string('k', 512)));
        Assert.Equal("1024"u8.ToArray(), Read(store, new string('k', 1024)));
        Assert.Equal("120"u8.ToArray(), Read(store, new string('k', 120)));
    }

    [Theory]
    [InlineData(1025, 'k')]
    [InlineData(513, 'é')]
    [InlineData(0, 'k')]
    [InlineData(1, '\ud800')]
    public void Write_NameOutOfBounds_IsRefused(int length, char character) =>
        Assert.ThrowsAny<ArgumentException>(() => Open().Write(new string(character, length), Secret));

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Files_OnUnix_AreTheirOwnersOnly()
    {
        Open().Write(Name, Secret);
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(EntryFile()));
        Assert.Equal(ownerOnly, File.GetUnixFileMode(_folder.File("store.key")));
        Assert.Equal(ownerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File("secrets")));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void OpenFile_KeyFileOpenToOthers_IsRefused()
    {
        Open().Write(Name, Secret);
        File.SetUnixFileMode(_folder.File("store.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains("0600", Assert.Throws<SecretStoreException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("palyra-store-key-v1\n")]
    [InlineData("palyra-store-key-v1\nzz\n")]
    [InlineData("palyra-store-key-v2\n0000000000000000000000000000000000000000000000000000000000000000\n")]
    [InlineData("palyra-store-key-v1\n00000000000000000000000000000000000000000000000000000000000000zz\n")]
    public void OpenFile_NotAKeyFile_IsRefusedAndLeftAlone(string content)
    {
        Open();
        File.WriteAllText(_folder.File("store.key"), content);
        Assert.Throws<SecretStoreException>(() => Open());
        Assert.Equal(content, File.ReadAllText(_folder.File("store.key")));
    }

    [Fact]
    public void RotateKey_SealsEveryEntryAgain()
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var earlier = keys.CurrentKeyId;
        var store = new SealedFileSecretStore(_folder.File("secrets"), keys);
        var state = new SealedFile(_folder.File("identity.sealed"), "identity", keys);
        state.Write("state"u8);
        store.Write(Name, Secret);
        store.Write(new string('k', 512), Secret);
        var before = File.ReadAllBytes(EntryFile());

        store.RotateKey(state);

        Assert.NotEqual(earlier, keys.CurrentKeyId);
        Assert.False(keys.HasRetiredKeys);
        Assert.Equal(Secret, Read(Open(), Name));
        Assert.Equal(Secret, Read(Open(), new string('k', 512)));
        Assert.True(state.TryRead(out var content));
        Assert.Equal("state"u8.ToArray(), content);
        File.WriteAllBytes(EntryFile(), before);
        Assert.Throws<SecretStoreException>(() => Open().TryRead(Name, out _));
    }

    [Fact]
    public void RotateKey_CopiesThatADeadProcessLeft_AreDeleted()
    {
        var store = Open();
        store.Write(Name, Secret);
        string[] left = [_folder.File(".0123456789abcdef.tmp"), Path.Combine(_folder.File("secrets"), ".fedcba9876543210.tmp")];
        foreach (var path in left)
        {
            File.WriteAllText(path, "a key");
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        store.RotateKey();
        Assert.DoesNotContain(left, File.Exists);
        Assert.Equal(Secret, Read(Open(), Name));
    }

    [Fact]
    public void RotateKey_InterruptedEarlier_IsCarriedThrough()
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        new SealedFileSecretStore(_folder.File("secrets"), keys).Write(Name, Secret);
        keys.TryBeginRotation();

        var reopened = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var store = new SealedFileSecretStore(_folder.File("secrets"), reopened);
        Assert.True(reopened.HasRetiredKeys);
        Assert.Equal(Secret, Read(store, Name));
        store.RotateKey();
        Assert.False(reopened.HasRetiredKeys);
        Assert.Equal(Secret, Read(Open(), Name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RotateKey_ProcessDiesAfterSoManyEntries_EverythingOpensAndTheNextRotationEndsIt(int resealed)
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var earlier = keys.CurrentKeyId;
        var store = new SealedFileSecretStore(_folder.File("secrets"), keys);
        string[] names = ["a", "b", "c"];
        foreach (var name in names)
        {
            store.Write(name, Secret);
        }

        new SealedFile(_folder.File("identity.sealed"), "identity", keys).Write("state"u8);
        keys.TryBeginRotation();
        SealedFile[] files = [.. names.Select(name => new SealedFile(Path.Combine(_folder.File("secrets"), Convert.ToHexStringLower(Encoding.ASCII.GetBytes(name)) + SealedFileSecretStore.Extension), name, keys)), new(_folder.File("identity.sealed"), "identity", keys)];
        foreach (var file in files.Take(resealed))
        {
            file.Reseal();
        }

        var reopened = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var after = new SealedFileSecretStore(_folder.File("secrets"), reopened);
        var state = new SealedFile(_folder.File("identity.sealed"), "identity", reopened);
        AssertAllOpen();
        after.RotateKey(state);
        AssertAllOpen();
        Assert.False(reopened.HasRetiredKeys);
        Assert.NotEqual(earlier, reopened.CurrentKeyId);

        void AssertAllOpen()
        {
            Assert.All(names, name => Assert.Equal(Secret, Read(after, name)));
            Assert.True(state.TryRead(out var content));
            Assert.Equal("state"u8.ToArray(), content);
        }
    }

    [Fact]
    public void RotateKey_OneEntryDamaged_KeepsTheEarlierKey()
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var store = new SealedFileSecretStore(_folder.File("secrets"), keys);
        store.Write("good", Secret);
        store.Write(Name, Secret);
        File.WriteAllBytes(EntryFile(), [1, 2, 3]);
        Assert.Throws<SecretStoreException>(() => store.RotateKey());
        Assert.True(keys.HasRetiredKeys);
        Assert.Equal(Secret, Read(Open(), "good"));
    }

    [Fact]
    public void FromKeys_KeyGivenByTheHost_WritesNoKeyFile()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(key)).Write(Name, Secret);
        Assert.Equal(Secret, Read(new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(key)), Name));
        Assert.False(File.Exists(_folder.File("store.key")));
    }

    [Fact]
    public void ToString_OfTheRing_ShowsNoKey()
    {
        var key = Enumerable.Repeat((byte)0xab, 32).ToArray();
        Assert.DoesNotContain("abab", StoreKeyRing.FromKeys(key).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private SealedFileSecretStore Open() => new(_folder.File("secrets"), StoreKeyRing.OpenFile(_folder.File("store.key")));

    private string EntryFile() => Path.Combine(_folder.File("secrets"), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Name)) + ".sealed");

    private void AssertUnreadable(SealedFileSecretStore store, byte[] content)
    {
        File.WriteAllBytes(EntryFile(), content);
        var failure = Assert.Throws<SecretStoreException>(() => store.TryRead(Name, out _));
        Assert.Contains($"'{Name}'", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("private key", failure.ToString(), StringComparison.Ordinal);
    }

    private static byte[] Read(SealedFileSecretStore store, string name)
    {
        Assert.True(store.TryRead(name, out var secret));
        return secret;
    }
}
