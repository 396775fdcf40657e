using System.Text;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>Mutated files, seeded: each is read, or refused with the store's own error, and never anything else.</summary>
public class PersistenceFuzzTests
{
    [Fact]
    public void Snapshot_Mutated_IsReadOrRefused()
    {
        using var folder = new StateFolder();
        Fuzzer.Run("snapshot", 11, [Encoding.UTF8.GetBytes(StateSamples.Every)], input =>
        {
            File.WriteAllBytes(folder.Snapshot, input);
            ReadOrRefused(folder);
        });
    }

    [Fact]
    public async Task Journal_Mutated_IsReadUpToAPointOrRefused()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)], [Changes.Put(3)]);
        var journal = folder.Journal;
        var original = await File.ReadAllBytesAsync(journal);
        original = original[..(original.AsSpan().LastIndexOfAnyExcept((byte)0) + 65)];
        Fuzzer.Run("journal", 12, [original], input =>
        {
            File.WriteAllBytes(journal, input);
            if (ReadOrRefused(folder) is { } state)
            {
                // Whatever was read is a beginning of what was written: never a changed record, never one without those before it.
                Assert.All(state.CapabilityRequests.Values, request => Assert.Contains(request, Enumerable.Range(1, 3).Select(number => Changes.Request(number))));
                Assert.All(Enumerable.Range(1, state.CapabilityRequests.Count), number => Assert.Contains(Changes.RequestId(number), state.CapabilityRequests.Keys));
            }
        });
    }

    private static NodeRuntimeState? ReadOrRefused(StateFolder folder)
    {
        try
        {
            return NodeRuntimeInspection.Inspect(folder.Path).State;
        }
        catch (NodeRuntimeStoreException)
        {
            return null;
        }
    }
}
