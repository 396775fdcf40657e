using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>The embedded vault: secrets to inject, kept in the sealed store beside the gateway's own but under a prefix that no reference can leave.</summary>
public sealed class StoreSecretVault : ISecretVault, IDisposable
{
    /// <summary>What the store's keys of injectable secrets begin with.</summary>
    public const string KeyPrefix = "vault/";

    /// <summary>The longest path that the store can hold, in UTF-8 bytes; a longer one is never there.</summary>
    public const int MaxPathBytes = SecretReference.MaxBytes - 6;

    private readonly ISecretStore _store;
    private readonly SecretCache _cache;

    /// <summary>A vault over a store. Values are kept in memory for <paramref name="cacheFor"/> (5 s unless given, at most an hour; zero keeps nothing).</summary>
    public StoreSecretVault(ISecretStore store, TimeProvider clock, TimeSpan? cacheFor = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(clock);
        _store = store;
        _cache = new SecretCache(clock, cacheFor ?? TimeSpan.FromSeconds(5));
    }

    /// <inheritdoc/>
    public ValueTask<VaultSecret?> FetchAsync(SecretReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(IsStorable(reference) ? Fetch(reference.Path) : null);
    }

    /// <summary>Stores a secret, replacing an earlier one.</summary>
    /// <exception cref="ArgumentException">The reference is no vault path, or too long for the store.</exception>
    public void Store(SecretReference reference, ReadOnlySpan<byte> secret)
    {
        ThrowUnlessStorable(reference);
        _store.Write(KeyPrefix + reference.Path, secret);
        _cache.Forget(reference.Path);
    }

    /// <summary>Deletes a secret, from memory as well.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentException">The reference is no vault path, or too long for the store.</exception>
    public bool Delete(SecretReference reference)
    {
        ThrowUnlessStorable(reference);
        var deleted = _store.Delete(KeyPrefix + reference.Path);
        _cache.Forget(reference.Path);
        return deleted;
    }

    /// <summary>Clears what is kept in memory.</summary>
    public void Dispose() => _cache.Dispose();

    private VaultSecret? Fetch(string path)
    {
        if (_cache.Find(path) is { } kept)
        {
            return kept;
        }

        var generation = _cache.Generation;
        byte[]? value = null;
        try
        {
            if (!_store.TryRead(KeyPrefix + path, out value))
            {
                return null;
            }

            _cache.Keep(path, value, generation);
            return new VaultSecret(value);
        }
        catch (SecretStoreException damaged)
        {
            throw new SecretVaultException(SecretVaultFailure.Damaged, damaged.Message, damaged);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new SecretVaultException(SecretVaultFailure.Unavailable, "The sealed store cannot be read.", broken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    private static bool IsStorable(SecretReference reference) =>
        reference.Kind == SecretKind.Vault && reference.IsVaultPath && Encoding.UTF8.GetByteCount(reference.Path) <= MaxPathBytes;

    private static void ThrowUnlessStorable(SecretReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (!IsStorable(reference))
        {
            throw new ArgumentException($"Not a vault reference of the form scope/key with at most {MaxPathBytes} bytes.", nameof(reference));
        }
    }
}
