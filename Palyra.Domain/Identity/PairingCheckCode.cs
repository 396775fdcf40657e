using System.Buffers.Binary;
using System.Globalization;

namespace Palyra.Domain.Identity;

/// <summary>Six digits that the operator sees beside the approval and the node prints: when they differ, somebody is in between.</summary>
public static class PairingCheckCode
{
    private const ulong Codes = 1_000_000;

    /// <summary>The check code of a handshake: the first eight bytes of the transcript hash, big-endian, modulo a million.</summary>
    public static string Of(ReadOnlySpan<byte> transcriptHash) =>
        (BinaryPrimitives.ReadUInt64BigEndian(transcriptHash) % Codes).ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>The check code of a transcript hash in hexadecimal; <see langword="null"/> when it is none.</summary>
    public static string? OfHex(string? transcriptHashHex)
    {
        Span<byte> hash = stackalloc byte[32];
        return transcriptHashHex is { Length: 64 } && Convert.FromHexString(transcriptHashHex, hash, out _, out _) == System.Buffers.OperationStatus.Done ? Of(hash) : null;
    }
}
