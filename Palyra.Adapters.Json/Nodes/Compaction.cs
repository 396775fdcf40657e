using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>
/// Folds journals into the snapshot, while writers go on in the next journal. It keeps the state of the files in memory: the records in it are the runtime's
/// own, which never change, so nothing is read again and a change costs the same however much is on file. A crash anywhere in it loses nothing and doubles
/// nothing: changes are absolute, so a journal that is read over a snapshot which holds it already changes nothing.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="snapshot">Writes the snapshot among them.</param>
/// <param name="folded">What snapshot and journals hold at this moment; the compaction's own from here on.</param>
internal sealed class Compaction(NodeRuntimeFiles files, SnapshotWriter snapshot, NodeRuntimeState folded)
{
    /// <summary>Takes a change that a journal holds. Not while <see cref="Run"/> is under way.</summary>
    internal void Take(NodeRuntimeChange change) => folded.Apply(change);

    /// <summary>Writes everything taken so far as the new snapshot, then deletes the journals that held it.</summary>
    /// <param name="upTo">The newest of those journals.</param>
    /// <returns>The size of the snapshot.</returns>
    internal long Run(ulong upTo)
    {
        var length = snapshot.Write(folded);
        DeleteJournals(upTo);
        return length;
    }

    /// <summary>INVARIANT: oldest first, each gone for good before the next: an old journal left over without its successors would turn time back.</summary>
    private void DeleteJournals(ulong upTo)
    {
        foreach (var generation in files.Generations().Where(generation => generation <= upTo))
        {
            File.Delete(files.Journal(generation));
            files.FlushFolder();
        }
    }
}
