using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// A rotation of a key that the host keeps sealed everything under a fresh key that nobody kept; and every rotation cleared the earlier key while others
/// could be reading with it.
/// </summary>
public sealed class RotationOfTheHostsKeyTests : IDisposable
{
    private const string Name = "gateway/ca";
    private static readonly byte[] Secret = "the private key"u8.ToArray();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RotateKey_KeysKeptByTheHost_EndsUnderTheHostsSealingKey()
    {
        byte[] earlier = [.. Enumerable.Repeat((byte)1, 32)], fresh = [.. Enumerable.Repeat((byte)2, 32)];
        Hosted(earlier).Write(Name, Secret);
        Hosted(earlier).RotateKey();
        Assert.Equal(Secret, Read(Hosted(earlier), Name));

        Hosted(fresh, earlier).RotateKey();
        Assert.Equal(Secret, Read(Hosted(fresh), Name));
        Assert.Throws<SecretStoreException>(() => Hosted(earlier).TryRead(Name, out _));

        SealedFileSecretStore Hosted(byte[] key, params byte[][] retired) => new(_folder.File("secrets"), StoreKeyRing.FromKeys(key, retired));
    }

    [Fact]
    public void AddPalyraSealedSecrets_RetiredKeys_OpenWhatTheySealed()
    {
        byte[] earlier = [.. Enumerable.Repeat((byte)1, 32)], fresh = [.. Enumerable.Repeat((byte)2, 32)];
        new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(earlier)).Write(Name, Secret);
        using var host = new ServiceCollection()
            .AddPalyraSealedSecrets(options => (options.Folder, options.Key, options.RetiredKeys) = (_folder.File("secrets"), fresh, [earlier]))
            .BuildServiceProvider();
        Assert.Equal(Secret, Read(host.GetRequiredService<SealedFileSecretStore>(), Name));
    }

    [Fact]
    public async Task RotateKey_WhileOthersRead_IsSeenByNobody()
    {
        var keys = StoreKeyRing.OpenFile(_folder.File("store.key"));
        var store = new SealedFileSecretStore(_folder.File("secrets"), keys);
        var state = new SealedFile(_folder.File("identity.sealed"), "identity", keys);

        // Large, so that opening it takes longer than what is left of a rotation.
        var secret = new byte[16 << 20];
        store.Write(Name, secret);
        state.Write(secret);
        using var over = new CancellationTokenSource();
        Action[] reads = [() => Assert.Equal(secret.Length, Read(store, Name).Length), () => Assert.True(state.TryRead(out _))];
        var readers = reads.Select(read => Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                read();
            }
        })).ToArray();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                store.RotateKey(state);
            }
        }
        finally
        {
            await over.CancelAsync();
        }

        await Task.WhenAll(readers);
    }

    private static byte[] Read(SealedFileSecretStore store, string name)
    {
        Assert.True(store.TryRead(name, out var secret));
        return secret;
    }
}
