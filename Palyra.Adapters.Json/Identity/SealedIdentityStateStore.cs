using System.Security.Cryptography;
using System.Text.Json;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Identity;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Identity;

/// <summary>The identity state in one sealed file, replaced atomically on every change.</summary>
public sealed class SealedIdentityStateStore : IIdentityStateStore
{
    /// <summary>The usual name of the file in the state root.</summary>
    public const string FileName = "identity.v1.sealed";

    private const string Context = "palyra/identity-state.v1";

    /// <summary>The store in a file.</summary>
    /// <param name="path">Where; see <see cref="FileName"/>.</param>
    /// <param name="keys">The keys that seal it.</param>
    public SealedIdentityStateStore(string path, StoreKeyRing keys) => File = new SealedFile(path, Context, keys);

    /// <summary>The sealed file, to be named to <see cref="SealedFileSecretStore.RotateKey"/>.</summary>
    public SealedFile File { get; }

    /// <inheritdoc/>
    public IdentityState Load()
    {
        if (!File.TryRead(out var content))
        {
            return IdentityState.Empty;
        }

        try
        {
            var document = JsonSerializer.Deserialize(content, IdentityJson.Default.IdentityDocument) ?? throw new FormatException("It is empty.");
            return IdentityMapping.ToState(document);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            throw new SecretStoreException($"The identity state in '{File.FilePath}' cannot be read: {malformed.Message} Restore it from a backup; it was left as it is.", malformed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <inheritdoc/>
    public void Save(IdentityState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var content = JsonSerializer.SerializeToUtf8Bytes(IdentityMapping.ToDocument(state), IdentityJson.Default.IdentityDocument);
        File.Write(content);
        CryptographicOperations.ZeroMemory(content);
    }
}
