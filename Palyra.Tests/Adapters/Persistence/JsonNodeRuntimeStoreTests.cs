using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Persistence;

public class JsonNodeRuntimeStoreTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_ThenOpenedAgain_IsThere(bool writeThrough)
    {
        using var folder = new StateFolder();
        var store = folder.Open(writeThrough);
        store.Load();
        await store.Append([Changes.Put(1)]);
        await store.Append([Changes.Put(2), Changes.Put(3)]);
        await store.Append([new NodeRuntimeChange.RemoveCapabilityRequest(Changes.RequestId(2))]);
        await store.DisposeAsync();

        var state = await folder.LoadAsync();

        Assert.Equal([Changes.RequestId(1), Changes.RequestId(3)], state.CapabilityRequests.Keys.Order());
        Assert.Equal(Changes.Request(3), state.CapabilityRequests[Changes.RequestId(3)]);
    }

    [Fact]
    public async Task Dispose_JournalIsFolded_LeavesTheSnapshotAlone()
    {
        using var folder = new StateFolder();
        var store = folder.Open();
        store.Load();
        await store.Append([Changes.Put(1)]);
        Assert.False(File.Exists(folder.Snapshot));

        await store.DisposeAsync();

        Assert.Empty(Directory.GetFiles(folder.Path, "*.journal"));
        Assert.True(File.Exists(folder.Snapshot));
    }

    [Fact]
    public async Task Open_AndClose_WritesNothing()
    {
        using var folder = new StateFolder();
        await folder.LoadAsync();

        Assert.Equal(["node-runtime.v1.lock"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task WriteThrough_EveryAppend_IsInTheSnapshotAtOnce()
    {
        using var folder = new StateFolder();
        var store = folder.Open(writeThrough: true);
        store.Load();

        await store.Append([Changes.Put(1)]);

        Assert.Contains(Changes.RequestId(1).ToString(), await File.ReadAllTextAsync(folder.Snapshot), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.journal"));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task WriteThrough_SomebodyPutAnUnreadableSnapshotThere_RefusesAndOverwritesNothing()
    {
        using var folder = new StateFolder();
        var store = folder.Open(writeThrough: true);
        store.Load();
        await store.Append([Changes.Put(1)]);
        var own = await File.ReadAllBytesAsync(folder.Snapshot);
        await File.WriteAllTextAsync(folder.Snapshot, "{half");

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await store.Append([Changes.Put(2)]));
        Assert.Equal("{half", await File.ReadAllTextAsync(folder.Snapshot));

        await File.WriteAllBytesAsync(folder.Snapshot, own);
        store.Resume();
        await store.Append([Changes.Put(3)]);
        await store.DisposeAsync();
        Assert.Equal([Changes.RequestId(1), Changes.RequestId(3)], (await folder.LoadAsync()).CapabilityRequests.Keys.Order());
    }

    [Fact]
    public async Task Dispose_FolderWasMovedAway_UnlocksItAllTheSame()
    {
        using var folder = new StateFolder();
        var store = folder.Open();
        store.Load();
        await store.Append([Changes.Put(1)]);
        Directory.Move(folder.Path, folder.Path + ".moved");
        await Assert.ThrowsAsync<DirectoryNotFoundException>(async () => await store.DisposeAsync());
        Directory.Move(folder.Path + ".moved", folder.Path);
        Assert.Single((await folder.LoadAsync()).CapabilityRequests);
    }

    [Fact]
    public async Task WriteThrough_AfterAKilledJournal_FoldsItFirst()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        await File.WriteAllBytesAsync(folder.Journal, (await File.ReadAllBytesAsync(folder.Journal))[..700]);
        var store = folder.Open(writeThrough: true);
        store.Load();
        await store.DisposeAsync();

        Assert.Empty(Directory.GetFiles(folder.Path, "*.journal"));
        Assert.Equal([Changes.RequestId(1)], (await folder.LoadAsync()).CapabilityRequests.Keys);
    }

    [Fact]
    public async Task Journal_OutgrowsTheSnapshot_IsFoldedWhileWritersGoOn()
    {
        using var folder = new StateFolder();
        var store = folder.Open(compactAfter: 4096);
        store.Load();
        for (var i = 1; i <= 400; i++)
        {
            await store.Append([Changes.Put(i)]);
        }

        Assert.True(File.Exists(folder.Snapshot) || Directory.GetFiles(folder.Path, "*.journal").Length > 1);
        await store.DisposeAsync();
        Assert.Equal(400, (await folder.LoadAsync()).CapabilityRequests.Count);
    }

    [Fact]
    public async Task Compaction_OverAndOver_KeepsWhatReadingTheFilesAnewWouldGive()
    {
        using var folder = new StateFolder();
        var random = new Random(11);
        var expected = new NodeRuntimeState();
        var store = folder.Open(compactAfter: 4096);
        store.Load();
        for (var i = 0; i < 600; i++)
        {
            NodeRuntimeChange change = random.Next(3) == 0
                ? new NodeRuntimeChange.RemoveCapabilityRequest(Changes.RequestId(random.Next(1, 60)))
                : Changes.Put(random.Next(1, 60));
            expected.Apply(change);
            await store.Append([change]);
        }

        await store.DisposeAsync();

        var found = await folder.LoadAsync();
        Assert.Equal(expected.CapabilityRequests.OrderBy(entry => entry.Key), found.CapabilityRequests.OrderBy(entry => entry.Key));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.journal"));
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(1024 * 1024)]
    public async Task Compaction_SomebodyPutAnUnreadableSnapshotThere_OverwritesNothingAndKeepsTheJournals(long compactAfter)
    {
        using var folder = new StateFolder();
        var store = folder.Open(compactAfter: compactAfter);
        store.Load();
        await File.WriteAllTextAsync(folder.Snapshot, "{half");
        for (var i = 1; i <= 100; i++)
        {
            await store.Append([Changes.Put(i)]);
        }

        await store.DisposeAsync();

        Assert.Equal("{half", await File.ReadAllTextAsync(folder.Snapshot));
        File.Delete(folder.Snapshot);
        Assert.Equal(100, (await folder.LoadAsync()).CapabilityRequests.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Compaction_KilledAnywhere_LosesNothingAndAppliesNothingTwice(int reached)
    {
        // What a kill leaves behind, made by hand: 1 the next journal is there, 2 the snapshot is replaced too, 3 only a temporary file.
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)], [new NodeRuntimeChange.RemoveCapabilityRequest(Changes.RequestId(1))]);
        using var folded = new StateFolder();
        folder.CopyTo(folded);
        await folded.LoadAsync();
        var old = folder.Journal;
        if (reached < 3)
        {
            await NextJournalAsync(old, [Changes.Put(3)]);
        }

        if (reached == 2)
        {
            File.Copy(folded.Snapshot, folder.Snapshot);
        }

        if (reached == 3)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, ".0123456789abcdef.tmp"), "{half");
        }

        var state = await folder.LoadAsync();

        int[] expected = reached < 3 ? [2, 3] : [2];
        Assert.Equal(expected.Select(Changes.RequestId), state.CapabilityRequests.Keys.Order());
        Assert.Equal(expected.Select(Changes.RequestId), (await folder.LoadAsync()).CapabilityRequests.Keys.Order());
        Assert.Empty(Directory.GetFiles(folder.Path, "*.journal"));
    }

    [Fact]
    public async Task Journals_OneIsMissingInTheMiddle_IsDamage()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)]);
        var first = folder.Journal;
        await NextJournalAsync(first, [Changes.Put(2)], skip: 5);

        var damage = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.Contains("begins with record", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OlderJournalIsTorn_IsDamage()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var first = folder.Journal;
        await NextJournalAsync(first, [Changes.Put(3)]);
        await File.WriteAllBytesAsync(first, (await File.ReadAllBytesAsync(first))[..700]);

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);
    }

    [Fact]
    public async Task Load_FileHeaderCut_IsDamage()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)]);
        await File.WriteAllBytesAsync(folder.Journal, []);

        Assert.Contains("file header", (await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_ManyCallers_AllAreKept()
    {
        using var folder = new StateFolder();
        var store = folder.Open(compactAfter: 16 * 1024);
        store.Load();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await store.Append([Changes.Put((caller * 50) + i)]);
            }
        })));
        await store.DisposeAsync();

        Assert.Equal(800, (await folder.LoadAsync()).CapabilityRequests.Count);
    }

    [Fact]
    public async Task Append_BeforeLoadAndAfterDispose_IsRefused()
    {
        using var folder = new StateFolder();
        var store = folder.Open();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await store.Append([Changes.Put(1)]));
        store.Load();
        Assert.Throws<InvalidOperationException>(store.Load);
        await store.DisposeAsync();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await store.Append([Changes.Put(1)]));
    }

    [Fact]
    public async Task Runtime_OverTheFolder_SurvivesBeingOpenedAgain()
    {
        using var folder = new StateFolder();
        var device = NodeRuntimes.Device(1);
        CapabilityRequestId id;
        await using (var runtime = await NodeRuntime.OpenAsync(folder.Open(), null, TimeProvider.System, SystemEntropy.Instance))
        {
            await runtime.RegisterNode(device, "linux", [new NodeCapability("echo", true)]);
            id = (await runtime.Enqueue(device, "echo", "{}"u8.ToArray(), 0, Palyra.Domain.Time.UnixTime.MaxValue)).Value.Id;
        }

        await using var again = await NodeRuntime.OpenAsync(folder.Open(), null, TimeProvider.System, SystemEntropy.Instance);

        Assert.True(again.TryFindRequest(id, out var request));
        Assert.Equal("gateway restarted before completion", request.Error);
        Assert.True(again.TryFindNode(device, out _));
    }

    [Fact]
    public async Task AddPalyraJsonPersistence_Registers_StoreAndEntropy()
    {
        using var folder = new StateFolder();
        await using var services = new ServiceCollection().AddPalyraJsonPersistence(options => options.StateRoot = folder.Path).BuildServiceProvider();

        Assert.IsType<JsonNodeRuntimeStore>(services.GetRequiredService<INodeRuntimeStore>());
        Assert.IsType<SystemEntropy>(services.GetRequiredService<IEntropy>());
    }

    [Fact]
    public void AddPalyraJsonPersistence_NoStateRoot_IsRefused() =>
        Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(
            () => new ServiceCollection().AddPalyraJsonPersistence(_ => { }).BuildServiceProvider().GetRequiredService<INodeRuntimeStore>());

    /// <summary>Puts a journal of the next generation beside one, that begins where it ends (or, skipping, later).</summary>
    private static async Task NextJournalAsync(string journal, NodeRuntimeChange[] changes, int skip = 0)
    {
        using var scratch = new StateFolder();
        var copy = Path.Combine(scratch.Path, Path.GetFileName(journal));
        File.Copy(journal, copy);
        var store = scratch.Open(compactAfter: 4096);
        store.Load();
        for (var i = 0; i < skip; i++)
        {
            await store.Append([Changes.Put(900 + i)]);
        }

        // Large enough to outgrow the old journal, so that the store turns to the next; what follows is the first record there.
        while (!File.Exists(Next(copy)))
        {
            await store.Append([.. Enumerable.Range(0, 40).Select(_ => changes[0])]);
        }

        await store.Append(changes);
        var held = await File.ReadAllBytesAsync(Next(copy));
        await store.DisposeAsync();
        await File.WriteAllBytesAsync(Next(journal), held);
        if (skip == 0)
        {
            // The old journal as the store left it: complete.
            await File.WriteAllBytesAsync(journal, await OldAsync(journal, changes));
        }
    }

    private static async Task<byte[]> OldAsync(string journal, NodeRuntimeChange[] changes)
    {
        using var scratch = new StateFolder();
        var copy = Path.Combine(scratch.Path, Path.GetFileName(journal));
        File.Copy(journal, copy);
        var store = scratch.Open();
        store.Load();
        await store.Append([.. Enumerable.Range(0, 40).Select(_ => changes[0])]);
        var held = await File.ReadAllBytesAsync(copy);
        await store.DisposeAsync();
        return held;
    }

    private static string Next(string journal) => journal.Replace("0000000001", "0000000002", StringComparison.Ordinal);
}
