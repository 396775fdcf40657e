using Microsoft.Win32.SafeHandles;
using Palyra.Adapters.Json.Files;

namespace Palyra.Adapters.Json.Journal;

/// <summary>The journal that is being written. One writer; not thread-safe.</summary>
internal sealed class JournalFile : IDisposable
{
    // Zeros written ahead, so that most flushes change neither the file's length nor its allocation.
    private const int ChunkBytes = 1024 * 1024;
    private static readonly byte[] Zeros = new byte[64 * 1024];

    private readonly SafeFileHandle _handle;
    private Action? _flushName;
    private long _allocated;

    private JournalFile(string path, SafeFileHandle handle, ulong nextSequence, long end, Action flushName)
    {
        Path = path;
        _handle = handle;
        _flushName = flushName;
        NextSequence = nextSequence;
        End = end;
        _allocated = RandomAccess.GetLength(handle);
    }

    internal string Path { get; }

    internal ulong NextSequence { get; private set; }

    /// <summary>Where the next record goes, and how much the file really holds.</summary>
    internal long End { get; private set; }

    /// <summary>
    /// Creates a journal that appears under its name only once its header is on the disk. The name itself is made durable with the first record: from here
    /// on this journal is the newest, and a flush that fails must not leave it behind an older one that goes on.
    /// </summary>
    /// <exception cref="IOException">There is no such journal.</exception>
    internal static JournalFile Create(string path, ulong generation, ulong firstSequence, Action flushName)
    {
        var temporary = path + AtomicFile.TemporarySuffix;
        File.Delete(temporary);
        var handle = Open(temporary, FileMode.CreateNew); // never through a link that somebody has put there
        try
        {
            var journal = new JournalFile(path, handle, firstSequence, JournalFormat.HeaderBytes, flushName);
            Span<byte> header = stackalloc byte[JournalFormat.HeaderBytes];
            JournalFormat.WriteFileHeader(header, generation, firstSequence);
            RandomAccess.Write(handle, header, 0);
            journal._allocated = JournalFormat.HeaderBytes;
            journal.WriteZeros(ChunkBytes - JournalFormat.HeaderBytes);
            RandomAccess.FlushToDisk(handle);
            File.Move(temporary, path, overwrite: false);
            return journal;
        }
        catch
        {
            handle.Dispose();
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Goes on with a journal that was read; a torn tail is cut off first. Whoever began it may have died before its name was durable.</summary>
    internal static JournalFile Continue(JournalScan scan, Action flushName)
    {
        var handle = Open(scan.Path, FileMode.Open);
        try
        {
            if (scan.TornBytes > 0 || scan.EndOffset % JournalFormat.Alignment != 0)
            {
                RandomAccess.SetLength(handle, scan.EndOffset);
                RandomAccess.FlushToDisk(handle);
            }

            var journal = new JournalFile(scan.Path, handle, scan.NextSequence, scan.EndOffset, flushName);
            journal.Realign();
            return journal;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes one record and flushes it. The space for the header is the first 32 bytes of <paramref name="record"/>, the payload follows.</summary>
    /// <exception cref="IOException">Nothing was appended; <see cref="Repair"/> decides whether the file can still be used.</exception>
    internal void Append(Span<byte> record)
    {
        _flushName?.Invoke();
        _flushName = null;
        JournalFormat.WriteRecordHeader(record, NextSequence, record[JournalFormat.HeaderBytes..]);
        var end = End + JournalFormat.Align(record.Length);
        if (end > _allocated)
        {
            // Ahead in whole chunks; when the disk has no room for a chunk, the record itself may still fit.
            TryWriteZeros((int)Math.Max(ChunkBytes, end - _allocated));
        }

        Write(record, End);
        RandomAccess.FlushToDisk(_handle);
        _allocated = Math.Max(_allocated, End + record.Length);
        End = end;
        NextSequence++;
    }

    /// <summary>After a failed append: cuts off whatever of the record may have reached the file.</summary>
    internal void Repair()
    {
        RandomAccess.SetLength(_handle, End);
        RandomAccess.FlushToDisk(_handle);
        _allocated = RandomAccess.GetLength(_handle);
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle Open(string path, FileMode mode)
    {
        var handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(handle, AtomicFile.OwnerOnly);
        }

        return handle;
    }

    /// <summary>A file cut inside the padding of its last record ends off the grid: the padding is written again.</summary>
    private void Realign()
    {
        var missing = (int)((JournalFormat.Alignment - (End % JournalFormat.Alignment)) % JournalFormat.Alignment);
        if (missing > 0)
        {
            _allocated = End;
            WriteZeros(missing);
            End += missing;
        }
    }

    private void TryWriteZeros(int count)
    {
        try
        {
            WriteZeros(count);
        }
        catch (IOException)
        {
            // No room ahead: the record decides.
        }
    }

    private void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException limit)
        {
            // So the platform reports a file that may not grow any further (EFBIG).
            throw new IOException("The file may not grow any further.", limit);
        }
    }

    private void WriteZeros(int count)
    {
        while (count > 0)
        {
            var length = Math.Min(count, Zeros.Length);
            Write(Zeros.AsSpan(0, length), _allocated);
            _allocated += length;
            count -= length;
        }
    }
}
