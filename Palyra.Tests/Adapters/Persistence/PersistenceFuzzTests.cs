using System.Text;
using Palyra.Adapters.Json.Journal;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>Mutated files, seeded: each is read, or refused with the store's own error, and never anything else.</summary>
public class PersistenceFuzzTests
{
    [Fact]
    public void Snapshot_Mutated_IsReadOrRefused() => Fuzzer.Run(
        "snapshot", 11, [Encoding.UTF8.GetBytes(StateSamples.Every)], input => ReadOrRefused(state => SnapshotCodec.Read(input, "snapshot", state)));

    [Fact]
    public async Task Journal_Mutated_IsReadUpToAPointOrRefused()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)], [Changes.Put(3)]);
        var original = await File.ReadAllBytesAsync(folder.Journal);
        original = original[..(original.AsSpan().LastIndexOfAnyExcept((byte)0) + 65)];
        Fuzzer.Run("journal", 12, [original], input =>
        {
            var read = ReadOrRefused(state => JournalReader.Read(
                input, "journal", generation: 1, isLast: true, (payload, offset) => NodeRuntimeContent.Apply(payload, "journal", offset, state)));
            if (read is not null)
            {
                // Whatever was read is a beginning of what was written: never a changed record, never one without those before it.
                Assert.All(read.CapabilityRequests.Values, request => Assert.Contains(request, Enumerable.Range(1, 3).Select(number => Changes.Request(number))));
                Assert.All(Enumerable.Range(1, read.CapabilityRequests.Count), number => Assert.Contains(Changes.RequestId(number), read.CapabilityRequests.Keys));
            }
        });
    }

    private static NodeRuntimeState? ReadOrRefused(Action<NodeRuntimeState> read)
    {
        var state = new NodeRuntimeState();
        try
        {
            read(state);
            return state;
        }
        catch (NodeRuntimeStoreException)
        {
            return null;
        }
    }
}
