using System.Diagnostics;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>
/// A disk with no room left: a real one of two megabytes where this user may mount one, and everywhere a child process whose files may not grow beyond a limit.
/// </summary>
[Trait("Category", "Slow")]
public class FullDiskTests
{
    [SmallDiskFact]
    public async Task Append_DiskIsFull_IsRefusedAndEverythingAnsweredIsThere()
    {
        using var disk = SmallDisk.Mount("size=2m");

        var answered = new List<CapabilityRequestId>();
        var store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = disk.Path });
        await using (var runtime = await NodeRuntime.OpenAsync(store, null, TimeProvider.System, SystemEntropy.Instance))
        {
            await runtime.RegisterNode(NodeRuntimes.Device(1), "linux", [new NodeCapability("echo", true)]);
            var ballast = disk.Fill(leaving: 64 * 1024);
            var refused = await AppendUntilRefusedAsync(runtime, answered);
            Assert.Contains("could not be written", refused.Message, StringComparison.Ordinal);
            Assert.Equal(answered.Order(), runtime.ListRequests().Select(request => request.Id));

            // With room again it goes on, in the same process.
            File.Delete(ballast);
            answered.Add((await EnqueueAsync(runtime)).Id);
        }

        var found = NodeRuntimeInspection.Inspect(disk.Path);
        Assert.Equal(answered.Order(), found.State.CapabilityRequests.Keys.Order());
    }

    [SmallDiskFact]
    public async Task Dispose_NoRoomToFold_KeepsTheJournal()
    {
        using var disk = SmallDisk.Mount("size=2m");

        var store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = disk.Path });
        store.Load();
        for (var i = 0; i < 100; i++)
        {
            await store.Append([Changes.Put(i)]);
        }

        disk.Fill(leaving: 4096);
        await store.DisposeAsync();

        Assert.Equal(100, NodeRuntimeInspection.Inspect(disk.Path).State.CapabilityRequests.Count);
        Assert.Single(Directory.GetFiles(disk.Path, "*.journal"));
        Assert.Empty(Directory.GetFiles(disk.Path, ".*.tmp"));
    }

    [SmallDiskFact]
    public async Task Load_FolderIsReadOnly_IsAClearErrorAndTheInspectionStillReads()
    {
        using var disk = SmallDisk.Mount("size=2m");

        await File.WriteAllTextAsync(Path.Combine(disk.Path, "node-runtime.v1.json"), StateSamples.Every);
        disk.Remount("ro");

        var refused = Assert.Throws<NodeRuntimeStoreException>(() => JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = disk.Path }));

        Assert.Contains(disk.Path, refused.Message, StringComparison.Ordinal);
        Assert.Equal(7, NodeRuntimeInspection.Inspect(disk.Path).State.CapabilityRequests.Count);
    }

    [Fact]
    public async Task Append_FileMayNotGrowAnyFurther_EverythingAnsweredIsThere()
    {
        using var folder = new StateFolder();
        var bench = Path.Combine(AppContext.BaseDirectory, "palyra-bench.dll");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"trap '' XFSZ; ulimit -f 3000; DOTNET_EnableWriteXorExecute=0 exec dotnet '{bench}' soak persist '{folder.Path}'");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var ids = (await process.StandardOutput.ReadToEndAsync()).Split('\n')[..^1];
        await process.WaitForExitAsync();
        await error;

        Assert.NotEmpty(ids);
        var found = NodeRuntimeInspection.Inspect(folder.Path);
        Assert.All(ids, id => Assert.True(found.State.CapabilityRequests.ContainsKey(CapabilityRequestId.Parse(id))));
    }

    private static async Task<NodeRuntimeStoreException> AppendUntilRefusedAsync(NodeRuntime runtime, List<CapabilityRequestId> answered)
    {
        while (true)
        {
            try
            {
                var pending = await EnqueueAsync(runtime);
                answered.Add(pending.Id);
                await runtime.Cancel(pending.Id);
            }
            catch (NodeRuntimeStoreException refused)
            {
                return refused;
            }
        }
    }

    private static async Task<Palyra.Domain.Capabilities.PendingCapability> EnqueueAsync(NodeRuntime runtime) =>
        (await runtime.Enqueue(NodeRuntimes.Device(1), "echo", "{\"x\":1}"u8.ToArray(), 0, UnixTime.MaxValue)).Value;
}
