using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// When the flush of the folder failed, a new journal stayed under its name while the one before it went on, and the next start took that for damage; a snapshot
/// written through was taken back in memory and stayed on the disk.
/// </summary>
public sealed class FolderThatCannotBeFlushedTests : IDisposable
{
    private readonly StateFolder _folder = new();
    private volatile bool _fails;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Journal_FlushFailsWhileTheNextOneBegins_HoldsWhatWasAnsweredAndNoMore()
    {
        var files = Files();
        List<int> answered = [];
        using var afterACrash = new StateFolder();
        using (var log = new JournalLog(files, new SnapshotWriter(files), new NodeRuntimeState(), [], 4096, NullLogger.Instance))
        {
            // What nobody may overwrite keeps the journals from being folded, so that they stay as they are under the eyes of the test.
            File.WriteAllText(_folder.Snapshot, "{half");
            for (var i = 0; i < 60; i++)
            {
                _fails = i is > 5 and < 40;
                if (TryWrite(log, i))
                {
                    answered.Add(i);
                }
            }

            _folder.CopyTo(afterACrash);
        }

        File.Delete(afterACrash.Snapshot);
        Assert.InRange(answered.Count, 26, 59);
        Assert.Equal(answered.Select(Changes.RequestId), NodeRuntimeInspection.Inspect(afterACrash.Path).State.CapabilityRequests.Keys.Order());
    }

    [Fact]
    public void WriteThrough_FlushFails_IsTakenBackOnTheDiskToo()
    {
        using var log = new WriteThroughLog(new SnapshotWriter(Files()), new NodeRuntimeState());
        Assert.True(TryWrite(log, 1));
        _fails = true;
        Assert.Throws<IOException>(() => log.Write([[Changes.Put(2)]]));
        Assert.Throws<IOException>(log.Repair);
        _fails = false;
        log.Repair();
        Assert.Equal([Changes.RequestId(1)], NodeRuntimeInspection.Inspect(_folder.Path).State.CapabilityRequests.Keys);
    }

    private static bool TryWrite(IChangeLog log, int number)
    {
        try
        {
            log.Write([[Changes.Put(number)]]);
            return true;
        }
        catch (IOException)
        {
            log.Repair();
            return false;
        }
    }

    private NodeRuntimeFiles Files() => new(StateRoot.Open(_folder.Path), folder =>
    {
        if (_fails)
        {
            throw new IOException("The disk does not answer.");
        }

        AtomicFile.FlushFolder(folder);
    });
}
