using Palyra.Adapters.Json.Files;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Replaces the snapshot. A file that somebody else has put in its place is overwritten only if it can be read.</summary>
/// <param name="files">The files, as they are about to be read.</param>
internal sealed class SnapshotWriter(NodeRuntimeFiles files)
{
    private SnapshotStamp _known = SnapshotStamp.Of(files.Snapshot);
    private bool _isInDoubt;

    /// <summary>Replaces the snapshot. Once this returns, it survives a power cut.</summary>
    /// <returns>Its size.</returns>
    internal long Write(NodeRuntimeState state)
    {
        var path = files.Snapshot;
        CheckUnchanged(path);
        AtomicFile.Place(path, state, SnapshotCodec.Write);
        (_known, _isInDoubt) = (SnapshotStamp.Of(path), true);
        files.FlushFolder();
        _isInDoubt = false;
        return _known.Length;
    }

    /// <summary>After a failed <see cref="Write"/>: replaces what it may have left in place by the state from before.</summary>
    internal void Repair(NodeRuntimeState before)
    {
        if (_isInDoubt)
        {
            Write(before);
        }
    }

    private void CheckUnchanged(string path)
    {
        if (SnapshotStamp.Of(path) is var found && found != _known && found.Exists)
        {
            SnapshotCodec.Read(File.ReadAllBytes(path), path, new NodeRuntimeState());
        }
    }

    /// <summary>What tells one content of the snapshot from another without reading it.</summary>
    private readonly record struct SnapshotStamp(bool Exists, long Length, DateTime WrittenUtc)
    {
        internal static SnapshotStamp Of(string path) =>
            new FileInfo(path) is { Exists: true } file ? new SnapshotStamp(true, file.Length, file.LastWriteTimeUtc) : default;
    }
}
