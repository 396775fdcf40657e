using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>What a crash, or a bad disk, can do to the end of the journal.</summary>
public class JournalTailTests
{
    private const int HeaderBytes = 32;

    [Fact]
    public async Task Load_AfterKill_HasEveryGroup()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2), Changes.Put(3)]);

        var state = await folder.LoadAsync();

        Assert.Equal([1, 2, 3], Numbers(state));
    }

    [Fact]
    public async Task Load_JournalCutAtEveryByteOfItsLastRecord_LosesThatRecordOnly()
    {
        using var whole = new StateFolder();
        await whole.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var journal = await File.ReadAllBytesAsync(whole.Journal);
        var (start, end) = LastRecord(journal);
        for (var cut = start; cut < end; cut++)
        {
            using var folder = new StateFolder();
            await File.WriteAllBytesAsync(System.IO.Path.Combine(folder.Path, System.IO.Path.GetFileName(whole.Journal)), journal[..cut]);
            Assert.Equal([1], Numbers(await folder.LoadAsync()));

            // What was repaired takes new records and reads back.
            Assert.Equal([1], Numbers(await folder.LoadAsync()));
        }
    }

    [Fact]
    public async Task Append_AfterTornTail_GoesOnWhereTheLastWholeRecordEnded()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var journal = await File.ReadAllBytesAsync(folder.Journal);
        await File.WriteAllBytesAsync(folder.Journal, journal[..(LastRecord(journal).Start + 40)]);

        await folder.JournalAsync([Changes.Put(3)]);

        Assert.Equal([1, 3], Numbers(await folder.LoadAsync()));
    }

    [Fact]
    public async Task Load_JournalUnderAnotherName_IsDamage()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)]);
        File.Move(folder.Journal, folder.Journal.Replace("0000000001", "0000000002", StringComparison.Ordinal));

        var damage = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.Contains("generation 1", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_AnyBitOfHeaderOrRecordFlipped_IsDamageAndLeavesTheFiles()
    {
        using var whole = new StateFolder();
        await whole.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var journal = await File.ReadAllBytesAsync(whole.Journal);
        var end = LastRecord(journal).End;
        var random = new Random(7);
        var rounds = LongRun.IsOn ? 4000 : 60;
        for (var i = 0; i < rounds; i++)
        {
            var bit = random.Next(0, end * 8);
            using var folder = new StateFolder();
            var path = System.IO.Path.Combine(folder.Path, System.IO.Path.GetFileName(whole.Journal));
            var flipped = journal.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(path, flipped);

            var damage = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

            Assert.Contains(path, damage.Message, StringComparison.Ordinal);
            Assert.Contains("byte offset", damage.Message, StringComparison.Ordinal);
            Assert.Equal(flipped, await File.ReadAllBytesAsync(path));
        }
    }

    private static IEnumerable<int> Numbers(NodeRuntimeState state) =>
        Enumerable.Range(1, 9).Where(number => state.CapabilityRequests.ContainsKey(Changes.RequestId(number)));

    /// <summary>The last record of a journal: where its header starts and its payload ends.</summary>
    private static (int Start, int End) LastRecord(byte[] journal)
    {
        var end = journal.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var start = HeaderBytes;
        while (true)
        {
            var length = BitConverter.ToInt32(journal, start + 4);
            var next = start + HeaderBytes + ((length + 31) / 32 * 32);
            if (next >= end)
            {
                return (start, start + HeaderBytes + length);
            }

            start = next;
        }
    }
}
