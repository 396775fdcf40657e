using System.Runtime.Versioning;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Persistence;

[UnsupportedOSPlatform("windows")]
public class StateRootTests
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public void Open_Empty_IsRefused(string? path) => Assert.Throws<NodeRuntimeStoreException>(() => StateRoot.Open(path));

    [Fact]
    public void Open_Absent_IsCreatedForItsOwnerOnly()
    {
        using var folder = new TemporaryFolder();
        var root = StateRoot.Open(folder.File("a/b/../c"));

        Assert.Equal(folder.File("a/c"), root.Path);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(root.Path) & Others);
    }

    [Fact]
    public void Open_OpenToOthers_IsClosed()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

        StateRoot.Open(folder.Root);

        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder.Root) & Others);
    }

    [Fact]
    public void Open_IsAFile_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");

        Assert.Throws<NodeRuntimeStoreException>(() => StateRoot.Open(folder.File("file")));
    }

    [Fact]
    public void Open_ThroughALink_IsCanonical()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("real"));
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("real"));

        Assert.Equal(folder.File("real"), StateRoot.Open(folder.File("link")).Path);
    }

    [Fact]
    public void Open_LinkToItself_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder.File("loop"), folder.File("loop"));

        Assert.Throws<NodeRuntimeStoreException>(() => StateRoot.Open(folder.File("loop")));
    }

    [Theory]
    [InlineData("node-runtime.v1.json")]
    [InlineData("node-runtime.v1.lock")]
    [InlineData("node-runtime.v1.0000000001.journal")]
    public async Task Load_FileLeavesTheRootThroughALink_IsRefusedAndTheTargetUntouched(string name)
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside.File("target"), "{}");
        using var folder = new StateFolder();
        File.CreateSymbolicLink(Path.Combine(folder.Path, name), outside.File("target"));

        var refused = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.Contains("is a link", refused.Message, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(outside.File("target")));
    }

    [Fact]
    public async Task Append_LinkWhereTheNewJournalIsMade_IsReplacedAndItsTargetUntouched()
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside.File("target"), "{}");
        using var folder = new StateFolder();
        var store = folder.Open();
        store.Load();
        File.CreateSymbolicLink(Path.Combine(folder.Path, "node-runtime.v1.0000000001.journal.tmp"), outside.File("target"));

        await store.Append([Changes.Put(1)]);
        await store.DisposeAsync();

        Assert.Equal("{}", await File.ReadAllTextAsync(outside.File("target")));
        Assert.Equal([Changes.RequestId(1)], (await folder.LoadAsync()).CapabilityRequests.Keys);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("sub/file")]
    [InlineData("..")]
    public void FileNamed_NotAPlainName_IsAProgrammingError(string name)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => StateRoot.Open(folder.Root).FileNamed(name));
    }

    [Fact]
    public async Task Files_Written_AreTheirOwnersOnly()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, "{}");
        File.SetUnixFileMode(folder.Snapshot, (UnixFileMode)0b110_100_100);
        var store = folder.Open();
        store.Load();
        for (var i = 0; i < 30; i++)
        {
            await store.Append([Changes.Put(i)]);
        }

        Assert.All(Directory.GetFiles(folder.Path), file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & Others));
        await store.DisposeAsync();
        Assert.All(Directory.GetFiles(folder.Path), file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & Others));
    }

    [Fact]
    public async Task Open_SecondTime_IsRefusedUntilTheFirstIsClosed()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, "{}");
        var first = folder.Open();
        first.Load();

        var refused = Assert.Throws<NodeRuntimeStoreException>(() => folder.Open());

        Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
        Assert.True(NodeRuntimeInspection.Inspect(folder.Path).IsInUse);
        await first.DisposeAsync();
        Assert.False(NodeRuntimeInspection.Inspect(folder.Path).IsInUse);
        await folder.Open().DisposeAsync();
    }

    [Fact]
    public async Task Open_WhileOthersLookAtTheFolder_IsNotRefused()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, StateSamples.Every);
        using var over = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                NodeRuntimeInspection.Inspect(folder.Path);
            }
        });
        try
        {
            for (var i = 0; i < 100; i++)
            {
                await folder.Open().DisposeAsync();
            }
        }
        finally
        {
            await over.CancelAsync();
        }

        await looking;
    }

    [Fact]
    public async Task Load_LeftoversOfADeadProcess_AreDeletedAndNothingElse()
    {
        using var folder = new StateFolder();
        foreach (var name in new[] { ".0123456789abcdef.tmp", ".somebody's.tmp", "node-runtime.v1.0000000001.journal.tmp" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, name), "{half");
            File.SetLastWriteTimeUtc(Path.Combine(folder.Path, name), DateTime.UnixEpoch);
        }

        await folder.LoadAsync();

        Assert.Equal([".somebody's.tmp"], Directory.GetFiles(folder.Path, "*.tmp").Select(Path.GetFileName));
    }

    [Fact]
    public async Task Open_StaleLockFile_BlocksNobody()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, StateRootLock.FileName), "left behind");

        await folder.LoadAsync();
    }
}
