using System.Text.Json.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.State;

public class StateCheckTests
{
    [Fact]
    public async Task Check_CleanFolder_PrintsTheCounts()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, StateSamples.Every);

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path, "--json");

        Assert.Equal(0, finished.ExitCode);
        var found = JsonNode.Parse(Assert.Single(finished.Lines))!;
        Assert.Equal((true, 2, 5, 2, 7), ((bool)found["ok"]!, (int)found["active_pairing_codes"]!, (int)found["pairing_requests"]!, (int)found["nodes"]!, (int)found["capability_requests"]!));
    }

    [Fact]
    public async Task Check_Print_WritesSnapshotAndJournalMergedAsOneValue()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, StateSamples.Every);
        await folder.JournalAsync([Changes.Put(1)]);

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path, "--print");

        var merged = JsonNode.Parse(finished.Output)!;
        Assert.NotNull(merged["capability_requests"]![Changes.RequestId(1).ToString()]);
        merged["capability_requests"]!.AsObject().Remove(Changes.RequestId(1).ToString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(StateSamples.Every), merged));
    }

    [Fact]
    public async Task Check_TornTail_IsReportedAndLeftAlone()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var torn = (await File.ReadAllBytesAsync(folder.Journal))[..700];
        await File.WriteAllBytesAsync(folder.Journal, torn);

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path);

        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("torn tail", finished.Output, StringComparison.Ordinal);
        Assert.Equal(torn, await File.ReadAllBytesAsync(folder.Journal));
    }

    [Fact]
    public async Task Check_Damage_ExitsOneAndNamesFileAndOffset()
    {
        using var folder = new StateFolder();
        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)]);
        var journal = await File.ReadAllBytesAsync(folder.Journal);
        journal[100] ^= 1;
        await File.WriteAllBytesAsync(folder.Journal, journal);

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains(folder.Journal, finished.Error, StringComparison.Ordinal);
        Assert.Contains("byte offset 32", finished.Error, StringComparison.Ordinal);
        Assert.Contains("state_damaged", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FolderHoldsNoState_ExitsOne()
    {
        using var folder = new StateFolder();

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("holds no state", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_GatewayThatChangedNothingYet_IsClean()
    {
        using var folder = new StateFolder();
        await folder.LoadAsync();
        Assert.Equal(["node-runtime.v1.lock"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));

        var finished = await PalyraProcess.RunAsync("state", "check", folder.Path);

        Assert.True(finished.ExitCode == 0, finished.Error);
    }

    [Fact]
    public async Task Check_NoSuchFolder_ExitsOne()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(1, (await PalyraProcess.RunAsync("state", "check", folder.File("nowhere"))).ExitCode);
        Assert.False(Directory.Exists(folder.File("nowhere")));
    }
}
