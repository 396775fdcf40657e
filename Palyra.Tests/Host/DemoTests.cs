using System.Text.Json;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

[Trait("Category", "Slow")]
public sealed class DemoTests
{
    [Fact]
    public async Task Demo_Json_TellsEveryStepAndExitsZero()
    {
        var demo = await PalyraProcess.RunAsync("demo", "--json");

        Assert.True(demo.ExitCode == 0, demo.Output + demo.Error);
        Assert.Empty(demo.Error);
        var lines = demo.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var steps = lines[..^1];
        Assert.All(steps, step =>
        {
            Assert.Equal(["step", "ok", "detail", "duration_ms"], step.EnumerateObject().Select(member => member.Name));
            Assert.True(step.GetProperty("ok").GetBoolean(), step.ToString());
        });
        Assert.Equal(
            ["gateway", "secret", "worker process", "pairing", "refused: tampered", "attestation", "tool call", "refused: private", "refused: foreign", "clean up"],
            steps.Select(step => step.GetProperty("step").GetString()));
        Assert.Contains("SignatureInvalid", Detail(steps, "refused: tampered"), StringComparison.Ordinal);
        Assert.Contains("egress.denied.private_target", Detail(steps, "refused: private"), StringComparison.Ordinal);
        Assert.Contains("PERMISSION_DENIED", Detail(steps, "refused: foreign"), StringComparison.Ordinal);
        Assert.Contains("[redacted]", Detail(steps, "tool call"), StringComparison.Ordinal);
        var last = lines[^1];
        Assert.Equal(["ok", "steps", "state_root"], last.EnumerateObject().Select(member => member.Name));
        Assert.True(last.GetProperty("ok").GetBoolean());
        Assert.Equal(steps.Length, last.GetProperty("steps").GetInt32());
        Assert.False(Directory.Exists(last.GetProperty("state_root").GetString()));
    }

    [Fact]
    public async Task Demo_WorkerCrash_EndsOrphanedClosedAndFailedAndExitsZero()
    {
        var demo = await PalyraProcess.RunAsync("demo", "--json", "--fail", "worker-crash");

        Assert.True(demo.ExitCode == 0, demo.Output + demo.Error);
        var steps = demo.Lines[..^1].Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.All(steps, step => Assert.True(step.GetProperty("ok").GetBoolean(), step.ToString()));
        var crash = Detail(steps, "worker crash");
        Assert.Contains("worker orphaned", crash, StringComparison.Ordinal);
        Assert.Contains("egress closed", crash, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_Keep_LeavesItsState()
    {
        var demo = await PalyraProcess.RunAsync("demo", "--keep");
        var root = demo.Lines.Single(line => line.StartsWith("State files in ", StringComparison.Ordinal))["State files in ".Length..].TrimEnd().TrimEnd(':');
        try
        {
            Assert.Equal(0, demo.ExitCode);
            Assert.Contains("gateway/node-runtime.v1.json", demo.Output, StringComparison.Ordinal);
            Assert.Contains("\"state\": \"succeeded\"", await File.ReadAllTextAsync(Path.Combine(root, "gateway", "node-runtime.v1.json")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Demo_StoppedHalfWay_CleansUp()
    {
        using var temporary = new TemporaryFolder();
        using var demo = PalyraProcess.Start(new Dictionary<string, string> { ["TMPDIR"] = temporary.Root }, "demo", "--json");
        Assert.NotNull(await demo.Process.StandardOutput.ReadLineAsync());
        Assert.NotEmpty(Directory.EnumerateDirectories(temporary.Root, "palyra-demo-*"));

        await demo.SignalAsync("TERM");

        Assert.Equal(1, (await demo.FinishAsync()).ExitCode);
        Assert.Empty(Directory.EnumerateDirectories(temporary.Root, "palyra-demo-*"));
    }

    [Fact]
    public async Task Demo_UnknownFault_IsAUsageError() => Assert.Equal(2, (await PalyraProcess.RunAsync("demo", "--fail", "earthquake")).ExitCode);

    private static string Detail(JsonElement[] steps, string step) =>
        steps.Single(candidate => candidate.GetProperty("step").GetString() == step).GetProperty("detail").GetString()!;
}
