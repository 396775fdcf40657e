using System.Buffers.Binary;

namespace Palyra.Adapters.Json.Journal;

/// <summary>
/// The layout of a journal file. Everything is little-endian and aligned to 32 bytes, so that a header never lies across a disk sector. A file header
/// names the generation and the sequence number of the first record; then one record after the other, each a header with length and checksum, the payload,
/// and zeros up to the next 32 bytes; then zeros, written ahead so that appending a record does not change the file's length.
/// </summary>
/// <remarks>
/// A record is what one flush made durable: it is written only when the record before it is on the disk. So what is broken and has a whole
/// record after it was durable once: damage. What is broken at the end was never answered, if a part of it is missing: a torn tail.
/// </remarks>
internal static class JournalFormat
{
    internal const int Alignment = 32;
    internal const int HeaderBytes = 32;
    internal const int SectorBytes = 512;

    private const ulong FileMagic = 0x314A_4152_594C_4150; // "PALYRAJ1"
    private const uint RecordMagic = 0x3152_4A50; // "PJR1"
    private const int ChecksumAt = 28;

    internal static int Align(int length) => checked((length + Alignment - 1) / Alignment * Alignment);

    internal static void WriteFileHeader(Span<byte> header, ulong generation, ulong firstSequence)
    {
        header[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, FileMagic);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], generation);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], firstSequence);
        Seal(header);
    }

    internal static bool TryReadFileHeader(ReadOnlySpan<byte> header, out ulong generation, out ulong firstSequence)
    {
        generation = firstSequence = 0;
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(header) != FileMagic || !IsSealed(header))
        {
            return false;
        }

        generation = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        firstSequence = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
        return true;
    }

    internal static void WriteRecordHeader(Span<byte> header, ulong sequence, ReadOnlySpan<byte> payload)
    {
        header[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, RecordMagic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32C.Of(payload));
        Seal(header);
    }

    /// <summary>Reads a header whose own checksum holds; whether the payload is there and whole is another question.</summary>
    internal static bool TryReadRecordHeader(ReadOnlySpan<byte> header, out ulong sequence, out int length, out uint checksum)
    {
        (sequence, length, checksum) = (0, 0, 0);
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != RecordMagic || !IsSealed(header))
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        return length > 0;
    }

    private static void Seal(Span<byte> header) =>
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksumAt..], Crc32C.Of(header[..ChecksumAt]));

    private static bool IsSealed(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumAt..]) == Crc32C.Of(header[..ChecksumAt]);
}
