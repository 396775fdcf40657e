using System.Diagnostics;
using System.Security.Cryptography;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>One 256-bit key and the public id by which sealed entries name it.</summary>
[DebuggerDisplay("store key {IdText}")]
internal sealed class StoreKey
{
    internal const int Length = 32;
    internal const int IdLength = 8;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly byte[] _bytes;
    private readonly byte[] _id;

    internal StoreKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != Length)
        {
            throw new ArgumentException("A store key is 32 bytes.", nameof(key));
        }

        _bytes = key.ToArray();
        // Derived one way, so that the id in a header says nothing about the key.
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, _bytes, IdLength, info: "palyra-store-key-id-v1"u8.ToArray());
    }

    internal static StoreKey Generate()
    {
        Span<byte> key = stackalloc byte[Length];
        RandomNumberGenerator.Fill(key);
        var generated = new StoreKey(key);
        CryptographicOperations.ZeroMemory(key);
        return generated;
    }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal ReadOnlySpan<byte> Id => _id;

    internal string IdText => Convert.ToHexStringLower(_id);

    internal void Clear() => CryptographicOperations.ZeroMemory(_bytes);

    public override string ToString() => $"store key {IdText}";
}
