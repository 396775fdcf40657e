using System.Buffers.Binary;

namespace Palyra.Domain.Attestation;

/// <summary>32 bytes the gateway made up, which a signed attestation has to carry. The default value answers nothing.</summary>
public readonly record struct ChallengeNonce
{
    /// <summary>The number of bytes.</summary>
    public const int Length = 32;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private ChallengeNonce(UInt128 high, UInt128 low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>The nonce of these bytes.</summary>
    /// <exception cref="ArgumentException">There are not exactly 32 bytes.</exception>
    public static ChallengeNonce From(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new ChallengeNonce(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]))
        : throw new ArgumentException("A challenge has 32 bytes.", nameof(bytes));

    /// <summary>Decodes standard base64 of exactly 32 bytes.</summary>
    public static bool TryParse(string? base64, out ChallengeNonce nonce)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var parsed = base64 is { Length: 44 } && Convert.TryFromBase64String(base64, bytes, out var written) && written == Length;
        nonce = parsed ? From(bytes) : default;
        return parsed;
    }

    /// <summary>Whether this is the default, which no gateway issues.</summary>
    public bool IsEmpty => _high == UInt128.Zero && _low == UInt128.Zero;

    /// <summary>The 32 bytes, in an array of the caller's own.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), _low);
        return bytes;
    }

    /// <summary>Standard base64, as the payload carries it.</summary>
    public override string ToString() => Convert.ToBase64String(ToArray());
}
