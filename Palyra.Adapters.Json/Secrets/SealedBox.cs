using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>
/// The bytes of one sealed entry: <c>PLYS</c>, format version 1, key id (8), nonce (12), ciphertext, tag (16). AES-256-GCM; everything
/// before the nonce, and the context, are associated data, so that an entry cannot be moved to another name.
/// </summary>
internal static class SealedBox
{
    internal const int MaxSecretLength = 64 << 20;
    internal const int Overhead = HeaderLength + NonceLength + TagLength;

    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeaderLength = 5 + StoreKey.IdLength;
    private const byte Version = 1;

    private static ReadOnlySpan<byte> Magic => "PLYS"u8;

    internal static byte[] Seal(StoreKey key, string context, ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secret.Length, MaxSecretLength, nameof(secret));
        var box = new byte[secret.Length + Overhead];
        Magic.CopyTo(box);
        box[Magic.Length] = Version;
        key.Id.CopyTo(box.AsSpan(Magic.Length + 1));
        var nonce = box.AsSpan(HeaderLength, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key.Bytes, TagLength);
        cipher.Encrypt(nonce, secret, box.AsSpan(HeaderLength + NonceLength, secret.Length), box.AsSpan(box.Length - TagLength), Associated(box, context));
        return box;
    }

    /// <summary>Opens a box with whichever of the keys sealed it.</summary>
    /// <returns>The secret, and whether the first key sealed it.</returns>
    /// <exception cref="SecretStoreException">The box is truncated, tampered with, moved, of another format or sealed under another key.</exception>
    internal static byte[] Open(IReadOnlyList<StoreKey> keys, string context, ReadOnlySpan<byte> box, out bool current)
    {
        if (box.Length < Overhead)
        {
            throw Unreadable(context, "it is truncated");
        }

        if (!box.StartsWith(Magic) || box[Magic.Length] != Version)
        {
            throw Unreadable(context, "it is not a sealed entry of format version 1");
        }

        for (var i = 0; i < keys.Count; i++)
        {
            if (box.Slice(Magic.Length + 1, StoreKey.IdLength).SequenceEqual(keys[i].Id))
            {
                current = i == 0;
                return Open(keys[i], context, box);
            }
        }

        throw Unreadable(context, "it was sealed under a key that this store does not have");
    }

    private static byte[] Open(StoreKey key, string context, ReadOnlySpan<byte> box)
    {
        var secret = new byte[box.Length - Overhead];
        try
        {
            using var cipher = new AesGcm(key.Bytes, TagLength);
            cipher.Decrypt(
                box.Slice(HeaderLength, NonceLength), box.Slice(HeaderLength + NonceLength, secret.Length), box[^TagLength..], secret, Associated(box, context));
            return secret;
        }
        catch (AuthenticationTagMismatchException failure)
        {
            throw new SecretStoreException(Message(context, "it was tampered with, truncated or belongs to another name"), failure);
        }
    }

    private static byte[] Associated(ReadOnlySpan<byte> box, string context) => [.. box[..HeaderLength], .. Encoding.UTF8.GetBytes(context)];

    private static SecretStoreException Unreadable(string context, string why) => new(Message(context, why));

    private static string Message(string context, string why) =>
        $"The sealed entry '{context}' cannot be opened: {why}. Restore it from a backup: deleting it forgets what it holds.";
}
