using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// The SHA-256 of a lease's egress token: all that the gateway keeps of it. The token itself is 256 random bits, written as 43 characters of
/// base64url without padding; the worker sends it as <c>Proxy-Authorization: Bearer …</c>.
/// </summary>
/// <remarks>The default value matches no token.</remarks>
public readonly record struct EgressToken
{
    /// <summary>The bytes of a token.</summary>
    public const int Bytes = 32;

    /// <summary>The characters of a token in text.</summary>
    public const int Characters = 43;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private EgressToken(ReadOnlySpan<byte> hash)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(hash);
        _low = BinaryPrimitives.ReadUInt128BigEndian(hash[16..]);
    }

    /// <summary>The hash of a token's 32 random bytes.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes, or all of them zero: nobody filled them.</exception>
    public static EgressToken Of(ReadOnlySpan<byte> token)
    {
        if (token.Length != Bytes || token.IndexOfAnyExcept((byte)0) < 0)
        {
            throw new ArgumentException("An egress token is 32 random bytes.", nameof(token));
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        return new EgressToken(hash);
    }

    /// <summary>The text that a worker sends for a token's 32 bytes. A secret: it goes to the worker and nowhere else.</summary>
    public static string ToText(ReadOnlySpan<byte> token)
    {
        _ = Of(token);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads the text of a token strictly: 43 characters, the only spelling of its bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out EgressToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        // The last character carries two bits that are no part of a byte; the decoder refuses it unless they are zero.
        if (text.Length != Characters
            || Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != Bytes
            || bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return false;
        }

        token = Of(bytes);
        return true;
    }

    /// <summary>Names the type only: even a hash has no business in a log.</summary>
    public override string ToString() => nameof(EgressToken);
}
