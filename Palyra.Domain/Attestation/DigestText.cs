using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Palyra.Domain.Attestation;

/// <summary>Comparison of digests as texts: as given, or without case when both are 64 hex characters; the time depends on lengths only.</summary>
internal static class DigestText
{
    private const int HexLength = 64;

    internal static bool FixedTimeEquals(string expected, string actual)
    {
        if (expected.Length != HexLength || actual.Length != HexLength || !IsHex(expected) || !IsHex(actual))
        {
            return FixedTimeEqualsAsGiven(expected, actual);
        }

        Span<char> left = stackalloc char[HexLength];
        Span<char> right = stackalloc char[HexLength];
        FoldHex(expected, left);
        FoldHex(actual, right);
        return CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes<char>(left), MemoryMarshal.AsBytes<char>(right));
    }

    /// <summary>Every character counts, its case included: for texts that are not one of the three digests of an attestation.</summary>
    internal static bool FixedTimeEqualsAsGiven(string expected, string actual) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(expected.AsSpan()), MemoryMarshal.AsBytes(actual.AsSpan()));

    // Not short-circuited: where the first non-hex character stands must not show.
    private static bool IsHex(string text)
    {
        var hex = true;
        foreach (var character in text)
        {
            hex &= char.IsAsciiHexDigit(character);
        }

        return hex;
    }

    private static void FoldHex(string hex, Span<char> folded)
    {
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = (char)(hex[i] | 0x20);
        }
    }
}
