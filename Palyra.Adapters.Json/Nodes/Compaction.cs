using Palyra.Adapters.Json.Files;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>
/// Folds journals into the snapshot. It works from the files alone, so writers go on in the next journal meanwhile. A crash anywhere in it loses nothing and
/// doubles nothing: changes are absolute, so a journal that is read over a snapshot which holds it already changes nothing.
/// </summary>
internal static class Compaction
{
    /// <summary>Writes snapshot and journals up to a generation as the new snapshot, then deletes those journals.</summary>
    /// <returns>The size of the snapshot.</returns>
    internal static long Run(NodeRuntimeFiles files, ulong upTo)
    {
        var bytes = SnapshotCodec.Write(NodeRuntimeContent.Read(files, upTo).State);
        AtomicFile.Replace(files.Snapshot, bytes.Span);
        DeleteJournals(files, upTo);
        return bytes.Length;
    }

    /// <summary>INVARIANT: oldest first, each gone for good before the next: an old journal left over without its successors would turn time back.</summary>
    private static void DeleteJournals(NodeRuntimeFiles files, ulong upTo)
    {
        foreach (var generation in files.Generations().Where(generation => generation <= upTo))
        {
            File.Delete(files.Journal(generation));
            AtomicFile.FlushFolder(files.Folder);
        }
    }
}
