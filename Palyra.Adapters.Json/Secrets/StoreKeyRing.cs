using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>
/// The keys that seal a store: one that seals, and, during a rotation, the retired one that older entries may still be sealed under.
/// </summary>
/// <remarks>
/// Kept in a file that only its owner may read, one key a line in hexadecimal after the line <c>palyra-store-key-v1</c>, the sealing key first; or given by
/// the host, who then keeps it. Thread-safe. Neither <see cref="ToString"/> nor the debugger shows a key.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class StoreKeyRing : IDisposable
{
    private const string FileHeader = "palyra-store-key-v1";
    private const int MaxFileLength = 4096;
    private readonly string? _file;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private volatile IReadOnlyList<StoreKey> _keys;

    private StoreKeyRing(IReadOnlyList<StoreKey> keys, string? file)
    {
        _keys = keys;
        _file = file;
    }

    /// <summary>The public id of the key that seals, in hexadecimal.</summary>
    public string CurrentKeyId => _keys[0].IdText;

    /// <summary>Whether a rotation has begun and not ended: some entries may still be sealed under the retired key.</summary>
    public bool HasRetiredKeys => _keys.Count > 1;

    /// <summary>
    /// A ring over keys that the host keeps: the sealing key, and the retired ones during a rotation. Each is 32 bytes. It never makes a key of its own,
    /// since nobody would keep it.
    /// </summary>
    public static StoreKeyRing FromKeys(ReadOnlySpan<byte> current, params byte[][] retired)
    {
        ArgumentNullException.ThrowIfNull(retired);
        return new StoreKeyRing([new StoreKey(current), .. retired.Select(key => new StoreKey(key))], null);
    }

    /// <summary>Reads the key file, or creates it with a fresh key.</summary>
    /// <exception cref="SecretStoreException">The file is no key file, or others than its owner may read it.</exception>
    public static StoreKeyRing OpenFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            AtomicFile.CreateFolder(Path.GetDirectoryName(full)!);
            StoreKey[] fresh = [StoreKey.Generate()];
            Save(full, fresh);
            return new StoreKeyRing(fresh, full);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(full) & ~AtomicFile.OwnerOnly) != 0)
        {
            throw new SecretStoreException($"The key file '{full}' is open to others than its owner: set its mode to 0600, and rotate the key if others had access.");
        }

        if (new FileInfo(full).Length > MaxFileLength)
        {
            throw NoKeyFile(full);
        }

        return new StoreKeyRing(Parse(File.ReadAllText(full), full), full);
    }

    /// <summary>Seals a secret under a context, usually the entry's name.</summary>
    internal byte[] Seal(string context, ReadOnlySpan<byte> secret) => SealedBox.Seal(_keys[0], context, secret);

    /// <summary>Opens what <see cref="Seal"/> made under the same context, and says whether the sealing key sealed it.</summary>
    /// <exception cref="SecretStoreException">It is truncated, tampered with, of another context or sealed under an unknown key; the message names the context.</exception>
    internal byte[] Open(string context, ReadOnlySpan<byte> box, out bool current) => SealedBox.Open(_keys, context, box, out current);

    /// <summary>Begins a rotation: from now on a fresh key seals, and the earlier ones only open. On file before this returns.</summary>
    /// <returns>Whether it has begun: keys that the host keeps are replaced by the host alone.</returns>
    internal bool TryBeginRotation()
    {
        if (_file is null)
        {
            return false;
        }

        Replace([StoreKey.Generate(), .. _keys]);
        return true;
    }

    /// <summary>Ends a rotation: what is sealed under a retired key can no longer be opened. Everything was sealed again, and nobody reads the earlier boxes.</summary>
    internal void EndRotation()
    {
        var retired = _keys.Skip(1).ToArray();
        Replace([_keys[0]]);
        foreach (var key in retired)
        {
            key.Clear();
        }

        if (_file is not null)
        {
            // A rotation that died on the way may have left a copy of the key file.
            AtomicFile.DeleteLeftovers(Path.GetDirectoryName(_file)!);
        }
    }

    /// <summary>Clears the keys in memory.</summary>
    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Clear();
        }
    }

    /// <summary>The public id of the sealing key; never the key.</summary>
    public override string ToString() => $"key ring {CurrentKeyId}";

    private void Replace(IReadOnlyList<StoreKey> keys)
    {
        if (_file is not null)
        {
            Save(_file, keys);
        }

        _keys = keys;
    }

    private static void Save(string path, IReadOnlyList<StoreKey> keys)
    {
        var text = new StringBuilder(FileHeader).Append('\n');
        foreach (var key in keys)
        {
            text.Append(Convert.ToHexStringLower(key.Bytes)).Append('\n');
        }

        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        AtomicFile.Replace(path, bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static List<StoreKey> Parse(string text, string path)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length < 2 || lines[0] != FileHeader)
        {
            throw NoKeyFile(path);
        }

        var keys = new List<StoreKey>();
        Span<byte> key = stackalloc byte[StoreKey.Length];
        foreach (var line in lines.AsSpan(1))
        {
            if (line.Length != StoreKey.Length * 2 || Convert.FromHexString(line, key, out _, out _) != System.Buffers.OperationStatus.Done)
            {
                throw NoKeyFile(path);
            }

            keys.Add(new StoreKey(key));
        }

        CryptographicOperations.ZeroMemory(key);
        return keys;
    }

    private static SecretStoreException NoKeyFile(string path) =>
        new($"'{path}' is not a store key file. Restore it from a backup: without it the sealed entries cannot be opened.");
}
