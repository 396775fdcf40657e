using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Palyra.Domain.Identity;

/// <summary>The SHA-256 of a DER certificate; as text 64 lower-case hexadecimal characters. The default value is the fingerprint of nothing.</summary>
public readonly record struct CertificateFingerprint
{
    /// <summary>The number of characters of the text form.</summary>
    public const int TextLength = 64;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private CertificateFingerprint(ReadOnlySpan<byte> hash)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(hash);
        _low = BinaryPrimitives.ReadUInt128BigEndian(hash[16..]);
    }

    /// <summary>Whether this is the default, which no certificate has.</summary>
    public bool IsEmpty => _high == UInt128.Zero && _low == UInt128.Zero;

    /// <summary>The fingerprint of a certificate.</summary>
    /// <param name="der">The certificate's DER encoding, whole.</param>
    public static CertificateFingerprint Of(ReadOnlySpan<byte> der)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(der, hash);
        return new CertificateFingerprint(hash);
    }

    /// <summary>Parses 64 lower-case hexadecimal characters, not all zero; anything else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CertificateFingerprint fingerprint)
    {
        fingerprint = default;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (text.Length != TextLength || text.ContainsAnyInRange('A', 'F')
            || Convert.FromHexString(text, hash, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        fingerprint = new CertificateFingerprint(hash);
        return !fingerprint.IsEmpty;
    }

    /// <summary>Parses 64 lower-case hexadecimal characters.</summary>
    /// <exception cref="FormatException">The text is no fingerprint.</exception>
    public static CertificateFingerprint Parse(ReadOnlySpan<char> text) => TryParse(text, out var fingerprint)
        ? fingerprint
        : throw new FormatException("Not a certificate fingerprint: expected 64 lower-case hexadecimal characters.");

    /// <summary>64 lower-case hexadecimal characters.</summary>
    public override string ToString()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(hash, _high);
        BinaryPrimitives.WriteUInt128BigEndian(hash[16..], _low);
        return Convert.ToHexStringLower(hash);
    }
}
