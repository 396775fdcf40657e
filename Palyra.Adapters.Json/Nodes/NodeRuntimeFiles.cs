using System.Globalization;
using Palyra.Adapters.Json.Files;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>The files of the node runtime in a state root.</summary>
/// <param name="root">The state root.</param>
/// <param name="flushFolder">Stands in for a flush of the folder, which no file system can be made to fail.</param>
internal sealed class NodeRuntimeFiles(StateRoot root, Action<string>? flushFolder = null)
{
    internal const string SnapshotName = "node-runtime.v1.json";

    private const string JournalPrefix = "node-runtime.v1.";
    private const string JournalSuffix = ".journal";

    internal string Folder => root.Path;

    /// <exception cref="Palyra.Domain.Nodes.NodeRuntimeStoreException">There is a link in its place.</exception>
    internal string Snapshot => root.FileNamed(SnapshotName);

    /// <exception cref="Palyra.Domain.Nodes.NodeRuntimeStoreException">There is a link in its place.</exception>
    internal string Journal(ulong generation) =>
        root.FileNamed(string.Create(CultureInfo.InvariantCulture, $"{JournalPrefix}{generation:D10}{JournalSuffix}"));

    /// <summary>The generations of the journals that are there, oldest first.</summary>
    internal IReadOnlyList<ulong> Generations()
    {
        List<ulong> generations = [];
        foreach (var path in Directory.EnumerateFileSystemEntries(root.Path, $"{JournalPrefix}*{JournalSuffix}"))
        {
            var name = Path.GetFileName(path);
            var number = name.AsSpan(JournalPrefix.Length, Math.Max(0, name.Length - JournalPrefix.Length - JournalSuffix.Length));
            if (number.Length == 10 && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
            {
                generations.Add(generation);
            }
        }

        generations.Sort();
        return generations;
    }

    /// <summary>Makes what was created, replaced or deleted survive a power cut.</summary>
    internal void FlushFolder() => (flushFolder ?? AtomicFile.FlushFolder)(Folder);

    /// <summary>Deletes what a killed process left half written. Only for the holder of the lock, before anything else is written.</summary>
    internal void DeleteLeftovers()
    {
        AtomicFile.DeleteLeftovers(root.Path);
        foreach (var path in Directory.EnumerateFiles(root.Path, $"{JournalPrefix}*{JournalSuffix}{AtomicFile.TemporarySuffix}"))
        {
            File.Delete(path);
        }
    }
}
