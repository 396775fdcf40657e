using Palyra.Adapters.Json.Files;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>What a state root holds, read without changing anything.</summary>
public sealed class NodeRuntimeInspection
{
    private const int Attempts = 5;

    private NodeRuntimeInspection(StateRoot root, bool isInUse, NodeRuntimeContent content)
    {
        Root = root.Path;
        IsInUse = isInUse;
        State = content.State;
        HasSnapshot = content.HasSnapshot;
        LegacyPrivateKeys = content.LegacyKeys.Count;
        Journals = [.. content.Journals.Select(scan => new JournalInspection(Path.GetFileName(scan.Path), scan.Records, scan.EndOffset, scan.TornBytes))];
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>Whether a process has the folder open: what it is writing at this moment may read as a torn tail.</summary>
    public bool IsInUse { get; }

    /// <summary>Whether there is a snapshot.</summary>
    public bool HasSnapshot { get; }

    /// <summary>How many private keys an older version left in the snapshot; the next start moves them into the secret store.</summary>
    public int LegacyPrivateKeys { get; }

    /// <summary>The journals, oldest first.</summary>
    public IReadOnlyList<JournalInspection> Journals { get; }

    /// <summary>Snapshot and journals merged.</summary>
    public NodeRuntimeState State { get; }

    /// <summary>Reads and validates everything.</summary>
    /// <exception cref="NodeRuntimeStoreException">There is no state, or something is unreadable or damaged; the message names the file, the place and what to do.</exception>
    public static NodeRuntimeInspection Inspect(string folder)
    {
        var root = StateRoot.Inspect(folder);
        for (var attempt = 1; ; attempt++)
        {
            var isInUse = StateRootLock.IsTaken(root);
            try
            {
                var content = NodeRuntimeContent.Read(new NodeRuntimeFiles(root));
                // A gateway that has changed nothing yet leaves its lock and no more.
                return content.HasSnapshot || content.Journals.Count > 0 || File.Exists(root.FileNamed(StateRootLock.FileName))
                    ? new NodeRuntimeInspection(root, isInUse, content)
                    : throw new NodeRuntimeStoreException($"{root.Path} holds no state: there is neither a snapshot nor a journal in it, nor the lock of a gateway.");
            }
            catch (NodeRuntimeStoreException) when (isInUse && attempt < Attempts)
            {
                // Its owner may have replaced a file between two looks.
            }
        }
    }

    /// <summary>The merged state as <c>node-runtime.v1.json</c> would hold it, in UTF-8.</summary>
    public ReadOnlyMemory<byte> ToCanonicalJson()
    {
        using var bytes = new MemoryStream();
        SnapshotCodec.Write(bytes, State);
        return bytes.ToArray();
    }
}
