using System.Text.Json;
using Palyra.Adapters.Json.Journal;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Snapshot and journals read together: the state they make, and what was found on the way. Reading never writes.</summary>
internal sealed class NodeRuntimeContent
{
    private NodeRuntimeContent(NodeRuntimeState state, bool hasSnapshot, IReadOnlyList<LegacyPrivateKey> legacyKeys, IReadOnlyList<JournalScan> journals)
    {
        State = state;
        HasSnapshot = hasSnapshot;
        LegacyKeys = legacyKeys;
        Journals = journals;
    }

    internal NodeRuntimeState State { get; }

    internal bool HasSnapshot { get; }

    internal IReadOnlyList<LegacyPrivateKey> LegacyKeys { get; }

    /// <summary>The journals, oldest first.</summary>
    internal IReadOnlyList<JournalScan> Journals { get; }

    /// <summary>Reads everything.</summary>
    /// <exception cref="NodeRuntimeStoreException">Something is unreadable or damaged; the message names the file, the place and what to do.</exception>
    internal static NodeRuntimeContent Read(NodeRuntimeFiles files)
    {
        try
        {
            var state = new NodeRuntimeState();
            var snapshot = files.Snapshot;
            var hasSnapshot = File.Exists(snapshot);
            var keys = hasSnapshot ? SnapshotCodec.Read(File.ReadAllBytes(snapshot), snapshot, state) : [];
            return new NodeRuntimeContent(state, hasSnapshot, keys, ReadJournals(files, state));
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new NodeRuntimeStoreException($"The state in {files.Folder} cannot be read: {broken.Message} Nothing was changed.", broken);
        }
    }

    private static List<JournalScan> ReadJournals(NodeRuntimeFiles files, NodeRuntimeState state)
    {
        var generations = files.Generations();
        List<JournalScan> scans = [];
        foreach (var generation in generations)
        {
            var path = files.Journal(generation);
            var scan = JournalReader.Read(
                File.ReadAllBytes(path), path, generation, isLast: generation == generations[^1], (payload, offset) => Apply(payload, path, offset, state));
            if (scans is [.., var before] && scan.FirstSequence != before.NextSequence)
            {
                throw JournalReader.Damage(path, 0, $"it begins with record {scan.FirstSequence}, but {before.Path} ends before record {before.NextSequence}");
            }

            scans.Add(scan);
        }

        return scans;
    }

    /// <summary>Applies the changes of one record of a journal.</summary>
    /// <exception cref="NodeRuntimeStoreException">There is no sense in one of them.</exception>
    internal static void Apply(ReadOnlySpan<byte> payload, string path, long offset, NodeRuntimeState state)
    {
        try
        {
            foreach (var line in payload.Split((byte)'\n'))
            {
                if (!payload[line].IsEmpty)
                {
                    state.Apply(ChangeMapping.ToDomain(JsonSerializer.Deserialize(payload[line], NodeRuntimeJson.Change) ?? throw new FormatException("a change is null")));
                }
            }
        }
        catch (Exception invalid) when (invalid is JsonException or FormatException)
        {
            // The checksum held, so this was written so: by a later version, or by something else.
            var what = invalid is FormatException ? invalid.Message : "a change is no valid JSON";
            throw JournalReader.Damage(path, offset, $"the record is whole, but {what}");
        }
    }
}
