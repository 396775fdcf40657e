using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Audit;

[Trait("Category", "Slow")]
public sealed class AuditCommandTests : IDisposable
{
    private readonly AuditTrails _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public async Task Verify_WholeFileAndTrail_ExitsZero()
    {
        await _trail.WriteAsync(5);
        Assert.Equal(0, (await PalyraProcess.RunAsync("audit", "verify", _trail.Files.Single())).ExitCode);
        Assert.Equal(0, (await PalyraProcess.RunAsync("audit", "verify", _trail.Folder, "--reaches", "7")).ExitCode);
        Assert.Equal(1, (await PalyraProcess.RunAsync("audit", "verify", _trail.Folder, "--reaches", "100")).ExitCode);
    }

    [Fact]
    public async Task Verify_ChangedRecord_ExitsOneAndNamesIt()
    {
        await _trail.WriteAsync(5);
        var file = _trail.Files.Single();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("worker-2", "worker-X", StringComparison.Ordinal));
        var run = await PalyraProcess.RunAsync("audit", "verify", file, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\"damage\":\"WrongHash\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"seq\":5", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_NoSuchFileOrKey_ExitsTwo()
    {
        await _trail.WriteAsync(1);
        Assert.Equal(2, (await PalyraProcess.RunAsync("audit", "verify", _trail.Folder + "/absent")).ExitCode);
        Assert.Equal(2, (await PalyraProcess.RunAsync("audit", "verify", _trail.Folder, "--public-key", _trail.Files.Single())).ExitCode);
    }
}
