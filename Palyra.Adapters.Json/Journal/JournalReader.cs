using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Journal;

/// <summary>Reads a journal record by record, and tells a torn tail from damage.</summary>
internal static class JournalReader
{
    internal delegate void TakeRecord(ReadOnlySpan<byte> payload, long offset);

    /// <summary>Gives every whole record to <paramref name="take"/>, in order.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="path">The file's name for messages.</param>
    /// <param name="generation">The generation that its name promises.</param>
    /// <param name="isLast">Whether this is the newest journal: only its tail can be torn.</param>
    /// <param name="take">Takes a payload and the offset of its record.</param>
    /// <exception cref="NodeRuntimeStoreException">The file is damaged; the message names it, the offset and what to do.</exception>
    internal static JournalScan Read(ReadOnlySpan<byte> file, string path, ulong generation, bool isLast, TakeRecord take)
    {
        if (!JournalFormat.TryReadFileHeader(file, out var found, out var first))
        {
            throw Damage(path, 0, "the file header is broken");
        }

        if (found != generation)
        {
            throw Damage(path, 0, $"it is the journal of generation {found} under another name");
        }

        var offset = JournalFormat.HeaderBytes;
        var next = first;
        while (TryReadRecord(file[offset..], next, out var payload))
        {
            take(payload, offset);
            offset += JournalFormat.HeaderBytes + JournalFormat.Align(payload.Length);
            next++;
        }

        // The padding of the last record may be cut off with the rest of the file.
        offset = Math.Min(offset, file.Length);
        if (FindDamage(file, offset, next, isLast) is { } damage)
        {
            throw Damage(path, offset, damage);
        }

        var torn = file.LastIndexOfAnyExcept((byte)0) is var last && last >= offset ? last + 1 - offset : 0;
        return new JournalScan(path, first, next, (int)(next - first), offset, torn);
    }

    internal static NodeRuntimeStoreException Damage(string path, long offset, string what) => new(
        $"{path} is damaged at byte offset {offset}: {what}. Nothing was changed. Restore the folder from a backup; or, to give up this record and everything "
        + "after it, keep a copy of the folder and cut the file at that offset.");

    private static bool TryReadRecord(ReadOnlySpan<byte> rest, ulong expected, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!JournalFormat.TryReadRecordHeader(rest, out var sequence, out var length, out var checksum)
            || sequence != expected
            || length > rest.Length - JournalFormat.HeaderBytes)
        {
            return false;
        }

        payload = rest.Slice(JournalFormat.HeaderBytes, length);
        var padding = rest[(JournalFormat.HeaderBytes + length)..Math.Min(rest.Length, JournalFormat.HeaderBytes + JournalFormat.Align(length))];
        return Crc32C.Of(payload) == checksum && !padding.ContainsAnyExcept((byte)0);
    }

    /// <summary>What is wrong behind the last whole record, unless it is nothing or a torn tail.</summary>
    private static string? FindDamage(ReadOnlySpan<byte> file, int offset, ulong expected, bool isLast)
    {
        var rest = file[offset..];
        if (!rest.ContainsAnyExcept((byte)0))
        {
            return null;
        }

        if (!isLast)
        {
            return "the record is broken, and a newer journal follows";
        }

        if (rest.Length < JournalFormat.HeaderBytes)
        {
            return null;
        }

        if (HasRecord(rest[JournalFormat.Alignment..]))
        {
            return "the record is broken, and whole records follow it";
        }

        var header = rest[..JournalFormat.HeaderBytes];
        if (!header.ContainsAnyExcept((byte)0))
        {
            return null;
        }

        if (!JournalFormat.TryReadRecordHeader(header, out var sequence, out var length, out _))
        {
            return "the record's header does not match its checksum";
        }

        if (sequence != expected)
        {
            return $"the record has the sequence number {sequence} instead of {expected}";
        }

        return length > rest.Length - JournalFormat.HeaderBytes || HasUnwrittenSector(file.Slice(offset, JournalFormat.HeaderBytes + length), offset)
            ? null
            : "the record's content does not match its checksum";
    }

    private static bool HasRecord(ReadOnlySpan<byte> rest)
    {
        for (; rest.Length >= JournalFormat.HeaderBytes; rest = rest[JournalFormat.Alignment..])
        {
            if (JournalFormat.TryReadRecordHeader(rest, out _, out _, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a disk sector of the record was never written: no payload holds a zero byte, so a sector of zeros is one that did not arrive.</summary>
    private static bool HasUnwrittenSector(ReadOnlySpan<byte> record, int offset)
    {
        while (!record.IsEmpty)
        {
            var length = Math.Min(record.Length, JournalFormat.SectorBytes - (offset % JournalFormat.SectorBytes));
            if (!record[..length].ContainsAnyExcept((byte)0))
            {
                return true;
            }

            offset += length;
            record = record[length..];
        }

        return false;
    }
}
