using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Json.Journal;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Appends to the journal, and folds it into the snapshot when it has outgrown it.</summary>
internal sealed partial class JournalLog : IChangeLog
{
    private readonly NodeRuntimeFiles _files;
    private readonly long _compactAfter;
    private readonly ILogger _logger;
    private readonly Compaction _compaction;
    private readonly ArrayBufferWriter<byte> _record = new(64 * 1024);
    private readonly Utf8JsonWriter _json;
    private readonly List<NodeRuntimeChange> _untaken = [];
    private JournalFile? _journal;
    private ulong _generation;
    private ulong _nextSequence;
    private long _snapshotBytes;
    private Task _compacting = Task.CompletedTask;

    /// <param name="files">The files.</param>
    /// <param name="snapshot">Writes the snapshot among them.</param>
    /// <param name="folded">What they hold; the log's own from here on.</param>
    /// <param name="journals">The journals among them.</param>
    /// <param name="compactAfter">The journal is folded when it is larger than the snapshot and than this many bytes.</param>
    /// <param name="logger">Is told about a compaction that failed.</param>
    internal JournalLog(
        NodeRuntimeFiles files, SnapshotWriter snapshot, NodeRuntimeState folded, IReadOnlyList<JournalScan> journals, long compactAfter, ILogger logger)
    {
        _files = files;
        _compactAfter = compactAfter;
        _logger = logger;
        _compaction = new Compaction(files, snapshot, folded);
        _json = new Utf8JsonWriter(_record, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        _generation = files.Generations() is [.., var newest] ? newest : 0;
        _nextSequence = journals is [.., var last] ? last.NextSequence : 1;
        _journal = journals is [.., var open] ? JournalFile.Continue(open, files.FlushFolder) : null;
        _snapshotBytes = File.Exists(files.Snapshot) ? new FileInfo(files.Snapshot).Length : 0;
    }

    public void Write(IReadOnlyList<IReadOnlyList<NodeRuntimeChange>> groups)
    {
        Compose(groups);
        _journal ??= Next();
        _journal.Append(MemoryMarshal.AsMemory(_record.WrittenMemory).Span);
        _nextSequence = _journal.NextSequence;
        foreach (var group in groups)
        {
            _untaken.AddRange(group);
        }

        if (!_compacting.IsCompleted)
        {
            return;
        }

        GiveToCompaction();
        if (_journal.End > Math.Max(_compactAfter, Interlocked.Read(ref _snapshotBytes)))
        {
            BeginCompaction();
        }
    }

    public void Repair() => _journal?.Repair();

    public void Dispose()
    {
        _compacting.Wait();
        GiveToCompaction();
        _journal?.Dispose();
        _json.Dispose();
        if (_generation > 0 && _files.Generations().Count > 0)
        {
            Compact(_generation);
        }
    }

    private void Compose(IReadOnlyList<IReadOnlyList<NodeRuntimeChange>> groups)
    {
        _record.ResetWrittenCount();
        _record.Advance(JournalFormat.HeaderBytes);
        foreach (var group in groups)
        {
            foreach (var change in group)
            {
                _json.Reset();
                ChangeMapping.Write(_json, change);
                _record.Write("\n"u8);
            }
        }
    }

    private JournalFile Next()
    {
        var next = JournalFile.Create(_files.Journal(_generation + 1), _generation + 1, _nextSequence, _files.FlushFolder);
        _generation++;
        return next;
    }

    /// <summary>Writers go on in a new journal at once; the old ones are folded by another thread.</summary>
    private void BeginCompaction()
    {
        JournalFile next;
        try
        {
            next = Next();
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // What was written is durable, and the old journal goes on.
            Log.CompactionFailed(_logger, _files.Folder, broken);
            return;
        }

        var upTo = _generation - 1;
        _journal!.Dispose();
        _journal = next;
        _compacting = Task.Run(() => Compact(upTo));
    }

    private void GiveToCompaction()
    {
        _untaken.ForEach(_compaction.Take);
        _untaken.Clear();
    }

    private void Compact(ulong upTo)
    {
        try
        {
            Interlocked.Exchange(ref _snapshotBytes, _compaction.Run(upTo));
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // The journals stay and are read again; the next compaction takes them along.
            Log.CompactionFailed(_logger, _files.Folder, broken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Error, "The journal in {Folder} could not be folded into the snapshot; it is kept and nothing is lost")]
        internal static partial void CompactionFailed(ILogger logger, string folder, Exception broken);
    }
}
