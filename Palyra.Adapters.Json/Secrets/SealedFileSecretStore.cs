using System.Diagnostics.CodeAnalysis;
using System.Text;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>Secrets in a folder, one sealed file an entry, named by the key in hexadecimal: no key can leave the folder.</summary>
/// <remarks>
/// AES-256-GCM with a random 96-bit nonce; the key id and the entry's name are authenticated with it. Files are 0600, folders 0700. Thread-safe
/// within one process; entries of other processes are seen, since every read goes to disk.
/// </remarks>
public sealed class SealedFileSecretStore : ISecretStore
{
    /// <summary>The ending of every entry's file.</summary>
    public const string Extension = ".sealed";

    /// <summary>The longest key, in UTF-8 bytes.</summary>
    public const int MaxKeyLength = 1024;

    // File systems allow 255 bytes a name, so a long key continues in a folder of the first part's name.
    private const int MaxSegment = 240;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly string _folder;
    private readonly StoreKeyRing _keys;
    private readonly Lock _lock = new();

    /// <summary>The store in a folder, which is created on the first write. A rotation that a crash interrupted is not ended here: see <see cref="RotateKey"/>.</summary>
    public SealedFileSecretStore(string folder, StoreKeyRing keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(keys);
        _folder = Path.GetFullPath(folder);
        _keys = keys;
    }

    /// <inheritdoc/>
    public void Write(string key, ReadOnlySpan<byte> secret)
    {
        var entry = Entry(key);
        lock (_lock)
        {
            entry.Write(secret);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(string key, [NotNullWhen(true)] out byte[]? secret)
    {
        var entry = Entry(key);
        lock (_lock)
        {
            return entry.TryRead(out secret);
        }
    }

    /// <inheritdoc/>
    public bool Delete(string key)
    {
        var entry = Entry(key);
        lock (_lock)
        {
            return entry.Delete();
        }
    }

    /// <summary>
    /// Seals every entry, and the other files given, under a fresh key and forgets the earlier one. After a crash on the way everything still opens
    /// under one of the two keys, and the next call carries the rotation through.
    /// </summary>
    /// <remarks>
    /// When the host keeps the keys, it makes the fresh one itself and gives it with the earlier ones as retired; then this seals everything under it and
    /// forgets the retired ones, which the host may forget once this returns. Without a retired key there is nothing to do.
    /// </remarks>
    /// <param name="others">Every other file that is sealed with the same ring.</param>
    /// <exception cref="SecretStoreException">An entry cannot be opened. The earlier key is kept until it is restored or deleted.</exception>
    public void RotateKey(params SealedFile[] others)
    {
        ArgumentNullException.ThrowIfNull(others);
        lock (_lock)
        {
            // One that was interrupted ends first: else an entry that cannot be opened would leave one more key in the ring at every try.
            if (_keys.HasRetiredKeys)
            {
                EndRotation_NeedsLock(others);
            }

            if (_keys.TryBeginRotation())
            {
                EndRotation_NeedsLock(others);
            }
        }
    }

    private void EndRotation_NeedsLock(SealedFile[] others)
    {
        foreach (var entry in Entries().Concat(others))
        {
            entry.Reseal();
        }

        _keys.EndRotation();
        if (Directory.Exists(_folder))
        {
            AtomicFile.DeleteLeftovers(_folder, SearchOption.AllDirectories);
        }
    }

    private IEnumerable<SealedFile> Entries() => Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "*" + Extension, SearchOption.AllDirectories).ToArray().Select(path => new SealedFile(path, KeyOf(path), _keys))
        : [];

    private SealedFile Entry(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        // A character is at least one byte: what is too long in characters is refused before it is encoded.
        if (key.Length > MaxKeyLength || Strict.GetByteCount(key) > MaxKeyLength)
        {
            throw new ArgumentException($"A key is at most {MaxKeyLength} UTF-8 bytes.", nameof(key));
        }

        var name = Convert.ToHexStringLower(Strict.GetBytes(key));
        var path = _folder;
        for (var start = 0; start < name.Length; start += MaxSegment)
        {
            path = Path.Combine(path, name.Substring(start, Math.Min(MaxSegment, name.Length - start)));
        }

        return new SealedFile(path + Extension, key, _keys);
    }

    private string KeyOf(string path)
    {
        var name = Path.GetRelativePath(_folder, path)[..^Extension.Length];
        try
        {
            return Strict.GetString(Convert.FromHexString(string.Concat(name.Split(Path.DirectorySeparatorChar))));
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw new SecretStoreException($"The file '{name}{Extension}' in the secret folder is no entry of this store: move it away.", malformed);
        }
    }
}
