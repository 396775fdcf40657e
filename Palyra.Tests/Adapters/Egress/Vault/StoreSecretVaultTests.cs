using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Vault;

public sealed class StoreSecretVaultTests : IDisposable
{
    private static readonly SecretReference Reference = SecretReference.Vault("tools/api");

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly SealedFileSecretStore _store;
    private readonly StoreSecretVault _vault;

    public StoreSecretVaultTests()
    {
        _store = new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(new byte[32]));
        _vault = new StoreSecretVault(_store, _clock);
    }

    public void Dispose()
    {
        _vault.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fetch_Stored_GivesACopyThatIsClearedOnDisposal()
    {
        _vault.Store(Reference, "secret"u8);
        var first = await _vault.FetchAsync(Reference, default);
        var memory = first!.Value;
        Assert.Equal("secret"u8.ToArray(), memory.ToArray());
        first.Dispose();
        Assert.Equal(new byte[6], memory.ToArray());
        Assert.Throws<ObjectDisposedException>(() => first.Value);
        using var second = await _vault.FetchAsync(Reference, default);
        Assert.Equal("secret"u8.ToArray(), second!.Value.ToArray());
    }

    [Fact]
    public async Task Fetch_NameOfTheGatewaysOwnSecret_CannotBeReached()
    {
        _store.Write("ca/private-key", "key"u8);
        Assert.Null(await _vault.FetchAsync(SecretReference.Vault("ca/private-key"), default));
    }

    [Fact]
    public async Task Fetch_SecretDeletedWhileItIsRead_IsNotKept()
    {
        var store = new StoreBetween(_store);
        using var vault = new StoreSecretVault(store, _clock);
        vault.Store(Reference, "old"u8);
        store.AfterRead = () => vault.Delete(Reference);
        (await vault.FetchAsync(Reference, default))!.Dispose();
        Assert.Null(await vault.FetchAsync(Reference, default));
    }

    [Fact]
    public async Task Fetch_SecretReplacedWhileItIsRead_IsNotKept()
    {
        var store = new StoreBetween(_store);
        using var vault = new StoreSecretVault(store, _clock);
        vault.Store(Reference, "old"u8);
        store.AfterRead = () => vault.Store(Reference, "new"u8);
        (await vault.FetchAsync(Reference, default))!.Dispose();
        using var secret = await vault.FetchAsync(Reference, default);
        Assert.Equal("new"u8.ToArray(), secret!.Value.ToArray());
    }

    [Fact]
    public async Task Fetch_StoredAnew_GivesTheNewValueAtOnce()
    {
        _vault.Store(Reference, "old"u8);
        (await _vault.FetchAsync(Reference, default))!.Dispose();
        _vault.Store(Reference, "new"u8);
        using var secret = await _vault.FetchAsync(Reference, default);
        Assert.Equal("new"u8.ToArray(), secret!.Value.ToArray());
    }

    [Fact]
    public async Task Fetch_Deleted_GivesNothing()
    {
        _vault.Store(Reference, "old"u8);
        (await _vault.FetchAsync(Reference, default))!.Dispose();
        Assert.True(_vault.Delete(Reference));
        Assert.Null(await _vault.FetchAsync(Reference, default));
    }

    [Fact]
    public async Task Fetch_ChangedBehindItsBack_IsSeenWhenTheCacheLapses()
    {
        _vault.Store(Reference, "old"u8);
        (await _vault.FetchAsync(Reference, default))!.Dispose();
        _store.Write(StoreSecretVault.KeyPrefix + Reference.Path, "new"u8);
        _clock.Advance(TimeSpan.FromSeconds(5));
        using var secret = await _vault.FetchAsync(Reference, default);
        Assert.Equal("new"u8.ToArray(), secret!.Value.ToArray());
    }

    [Fact]
    public async Task Fetch_TamperedEntry_FailsAsDamaged()
    {
        _vault.Store(Reference, "secret"u8);
        var file = Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories).Single(name => name.EndsWith(".sealed", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        var failure = await Assert.ThrowsAsync<SecretVaultException>(async () => await _vault.FetchAsync(Reference, default));
        Assert.Equal(SecretVaultFailure.Damaged, failure.Failure);
    }

    [Fact]
    public void Store_PathLongerThanTheStoreHolds_Throws() => Assert.Throws<ArgumentException>(
        () => _vault.Store(SecretReference.Vault("s/" + new string('k', StoreSecretVault.MaxPathBytes)), "x"u8));

    [Fact]
    public void Secret_Printed_IsNeverTheSecret()
    {
        using var secret = new VaultSecret("secret"u8);
        Assert.DoesNotContain("secret\"", $"{secret}", StringComparison.Ordinal);
        Assert.Equal("[secret]", secret.ToString());
    }

    /// <summary>A store in which something happens once between a read and its answer.</summary>
    private sealed class StoreBetween(ISecretStore store) : ISecretStore
    {
        internal Action? AfterRead { get; set; }

        public void Write(string key, ReadOnlySpan<byte> secret) => store.Write(key, secret);

        public bool TryRead(string key, [NotNullWhen(true)] out byte[]? secret)
        {
            var found = store.TryRead(key, out secret);
            var afterRead = AfterRead;
            AfterRead = null;
            afterRead?.Invoke();
            return found;
        }

        public bool Delete(string key) => store.Delete(key);
    }
}
