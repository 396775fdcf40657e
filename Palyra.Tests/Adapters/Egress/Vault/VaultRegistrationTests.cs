using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Vault;

public sealed class VaultRegistrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AddPalyraStoreVaultAndAuditFiles_OverTheSealedStore_GiveThePorts()
    {
        var services = new ServiceCollection();
        services.AddPalyraSealedSecrets(options =>
        {
            options.Folder = _folder.File("secrets");
            options.KeyFile = _folder.File("key");
        });
        services.AddPalyraStoreVault();
        services.AddPalyraAuditFiles(new AuditFileOptions { Folder = _folder.File("audit") });
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<StoreSecretVault>().Store(SecretReference.Vault("a/b"), "secret"u8);
        using var secret = await provider.GetRequiredService<ISecretVault>().FetchAsync(SecretReference.Vault("a/b"), default);
        Assert.Equal("secret"u8.ToArray(), secret!.Value.ToArray());
        await provider.GetRequiredService<IAuditSink>().AppendAsync(AuditTrails.Record(1));
        Assert.Same(provider.GetRequiredService<IAuditSink>(), provider.GetRequiredService<HashChainedAuditSink>());
    }

    [Fact]
    public async Task AddPalyraKeyValueVault_ServerIsDown_IsUnavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        listener.Stop();
        var services = new ServiceCollection();
        services.AddPalyraKeyValueVault(new KeyValueVaultOptions { Address = address, Login = new KeyValueLogin.Token(() => new VaultSecret("t"u8)) });
        await using var provider = services.BuildServiceProvider();
        var failure = await Assert.ThrowsAsync<SecretVaultException>(
            async () => await provider.GetRequiredService<ISecretVault>().FetchAsync(SecretReference.Vault("a/b"), default));
        Assert.Equal(SecretVaultFailure.Unavailable, failure.Failure);
    }

    [Fact]
    public void OpenOrCreate_SigningKey_IsTheSameTheNextTimeAndDamageIsNamed()
    {
        var store = new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(new byte[32]));
        using var first = AuditSigningKey.OpenOrCreate(store);
        using var second = AuditSigningKey.OpenOrCreate(store);
        Assert.Equal(first.KeyId, second.KeyId);
        store.Write(AuditSigningKey.EntryName, "nonsense"u8);
        Assert.Contains(AuditSigningKey.EntryName, Assert.Throws<SecretStoreException>(() => AuditSigningKey.OpenOrCreate(store)).Message, StringComparison.Ordinal);
    }
}
