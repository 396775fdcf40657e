using System.Security.Cryptography;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Audit;

/// <summary>The key that signs checkpoints: ECDSA P-256, its private half only in the secret store.</summary>
public sealed class AuditSigningKey : IDisposable
{
    /// <summary>The secret store's entry.</summary>
    public const string EntryName = "audit/signing-key";

    private readonly ECDsa _key;

    private AuditSigningKey(ECDsa key)
    {
        _key = key;
        KeyId = IdOf(key);
    }

    /// <summary>Names the key: the first 16 hex digits of the SHA-256 of its public half (SubjectPublicKeyInfo).</summary>
    public string KeyId { get; }

    /// <summary>The public half, PEM. Whoever verifies a trail takes it from a place that the trail's machine cannot write to.</summary>
    public string PublicKeyPem => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>Opens the key of a store, making it on first use.</summary>
    /// <exception cref="SecretStoreException">The stored key is damaged.</exception>
    public static AuditSigningKey OpenOrCreate(ISecretStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!store.TryRead(EntryName, out var stored))
        {
            var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var exported = made.ExportPkcs8PrivateKey();
            store.Write(EntryName, exported);
            CryptographicOperations.ZeroMemory(exported);
            return new AuditSigningKey(made);
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(stored, out _);
            return new AuditSigningKey(key);
        }
        catch (CryptographicException damaged)
        {
            key.Dispose();
            throw new SecretStoreException($"The entry '{EntryName}' is no private key.", damaged);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(stored);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    internal static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];

    internal string Sign(ReadOnlySpan<byte> statement) =>
        Convert.ToBase64String(_key.SignData(statement, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
}
