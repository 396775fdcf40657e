using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>One file whose whole content is sealed under a name of its own, and replaced atomically.</summary>
public sealed class SealedFile
{
    private readonly StoreKeyRing _keys;
    private readonly Lock _lock = new();

    /// <summary>The sealed file at a path. Its folder is created on the first write.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="context">The name it is sealed under: content moved here from another name does not open.</param>
    /// <param name="keys">The keys that seal it.</param>
    public SealedFile(string path, string context, StoreKeyRing keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(context);
        ArgumentNullException.ThrowIfNull(keys);
        FilePath = Path.GetFullPath(path);
        Context = context;
        _keys = keys;
    }

    /// <summary>Where the file is.</summary>
    public string FilePath { get; }

    /// <summary>The name the content is sealed under.</summary>
    public string Context { get; }

    /// <summary>Seals the content and replaces the file. Durable once this returns.</summary>
    public void Write(ReadOnlySpan<byte> content)
    {
        // Sealed inside the lock: what a rotation is about to re-seal must not be overtaken by a box under the retired key.
        lock (_lock)
        {
            AtomicFile.CreateFolder(Path.GetDirectoryName(FilePath)!);
            AtomicFile.Replace(FilePath, _keys.Seal(Context, content));
        }
    }

    /// <summary>Reads the content into an array of the caller's own.</summary>
    /// <returns>Whether there is a file.</returns>
    /// <exception cref="SecretStoreException">There is one, and it is truncated, tampered with, too large, a link, or sealed under another key.</exception>
    public bool TryRead([NotNullWhen(true)] out byte[]? content)
    {
        // Opened inside the lock: until it is read, a rotation must neither re-seal the box nor clear the key that sealed it.
        lock (_lock)
        {
            return TryRead_NeedsLock(out content, out _);
        }
    }

    /// <summary>Deletes the file.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Delete()
    {
        lock (_lock)
        {
            if (!File.Exists(FilePath))
            {
                return false;
            }

            File.Delete(FilePath);
            AtomicFile.FlushFolder(Path.GetDirectoryName(FilePath)!);
            return true;
        }
    }

    /// <summary>Seals the content again under the sealing key, if a retired one sealed it. Its writers and readers must share this instance.</summary>
    public void Reseal()
    {
        lock (_lock)
        {
            if (!TryRead_NeedsLock(out var content, out var current))
            {
                return;
            }

            if (!current)
            {
                Write(content);
            }

            CryptographicOperations.ZeroMemory(content);
        }
    }

    private bool TryRead_NeedsLock([NotNullWhen(true)] out byte[]? content, out bool current)
    {
        current = false;
        content = null;
        byte[] box;
        try
        {
            var info = new FileInfo(FilePath);
            if (info.LinkTarget is not null || (info.Exists && info.Length > SealedBox.MaxSecretLength + SealedBox.Overhead))
            {
                throw new SecretStoreException($"The sealed entry '{Context}' cannot be opened: its file is a link or larger than any sealed entry.");
            }

            box = File.ReadAllBytes(FilePath);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        content = _keys.Open(Context, box, out current);
        return true;
    }
}
