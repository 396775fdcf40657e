using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Secrets;

/// <summary>Small secrets at rest, sealed. Keys are free text of 1 to 1 024 UTF-8 bytes.</summary>
/// <remarks>Synchronous: entries are a few kilobytes, read at start and on rotation, never on a hot path. Implementations are thread-safe.</remarks>
public interface ISecretStore
{
    /// <summary>Stores an entry durably, replacing an earlier one atomically.</summary>
    void Write(string key, ReadOnlySpan<byte> secret);

    /// <summary>Reads an entry into an array of the caller's own, to be cleared after use.</summary>
    /// <returns>Whether there is such an entry.</returns>
    /// <exception cref="SecretStoreException">The entry is there but is truncated, tampered with or sealed under another key; the message names it.</exception>
    bool TryRead(string key, [NotNullWhen(true)] out byte[]? secret);

    /// <summary>Deletes an entry.</summary>
    /// <returns>Whether there was one.</returns>
    bool Delete(string key);
}
