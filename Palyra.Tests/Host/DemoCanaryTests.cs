using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Palyra.Adapters.Json.Secrets;
using Palyra.Host.Demo;
using Palyra.Tests.Builders;
using Palyra.Tests.Observability;

namespace Palyra.Tests.Host;

/// <summary>The secret of a demonstration, known afterwards from the vault it was sealed in, is in nothing that the demonstration printed, kept or passed on.</summary>
[Trait("Category", "Slow")]
public sealed partial class DemoCanaryTests
{
    [Fact]
    public async Task Demo_Kept_TellsItsSecretsToNobody()
    {
        using var process = PalyraProcess.Start("demo", "--keep", "--json");
        var arguments = ArgumentsWhileItRunsAsync(process.Process.Id, process.Process.WaitForExitAsync());
        var demo = await process.FinishAsync();
        var root = JsonDocument.Parse(demo.Lines[^1]).RootElement.GetProperty("state_root").GetString()!;
        try
        {
            Assert.True(demo.ExitCode == 0, demo.Output + demo.Error);
            Canary[] canaries = [VaultSecret(root), StoreKey(root, "gateway"), StoreKey(root, "worker")];
            var seen = await arguments;
            Assert.True(!OperatingSystem.IsLinux() || seen.Contains(DemoWorkerCommand.Name, StringComparison.Ordinal), "The worker's arguments were not seen.");
            Assert.All(canaries, canary =>
            {
                canary.AssertAbsent("the output", demo.Output + demo.Error);
                canary.AssertAbsent("the arguments of a process", seen);
                Assert.All(
                    Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "store.key"), canary.AssertAbsentFrom);
            });
            AssertNamesNoPin(demo.Lines.Single(line => line.Contains("\"step\":\"pairing\"", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static Canary VaultSecret(string root)
    {
        using var keys = StoreKeyRing.OpenFile(Path.Combine(root, "gateway", "store.key"));
        var secrets = new SealedFileSecretStore(Path.Combine(root, "gateway", "secrets"), keys);
        Assert.True(secrets.TryRead("vault/" + DemoSettings.SecretPath, out var secret));
        Assert.StartsWith("demo-", Encoding.ASCII.GetString(secret), StringComparison.Ordinal);
        return new Canary("vault's secret", secret);
    }

    private static Canary StoreKey(string root, string owner) =>
        new($"{owner}'s store key", Convert.FromHexString(File.ReadAllLines(Directory.EnumerateFiles(Path.Combine(root, owner), "store.key", SearchOption.AllDirectories).Single())[1]));

    /// <summary>The command lines and environments of the process and those it started, looked at again and again until it ends.</summary>
    private static async Task<string> ArgumentsWhileItRunsAsync(int process, Task ended)
    {
        var seen = new StringBuilder();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (OperatingSystem.IsLinux() && !ended.IsCompleted && await look.WaitForNextTickAsync())
        {
            foreach (var id in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)))
            {
                seen.Append(Read($"/proc/{id}/stat") is { } stat && IsOf(stat, process) ? Read($"/proc/{id}/cmdline") + '\n' + Read($"/proc/{id}/environ") + '\n' : "");
            }
        }

        return seen.ToString();

        static bool IsOf(string stat, int process)
        {
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return stat.StartsWith($"{process} ", StringComparison.Ordinal) || fields[1] == $"{process}";
        }
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // a process that ended meanwhile
        }
    }

    /// <summary>The one number of six digits that pairing may show is the check code, which is no secret.</summary>
    private static void AssertNamesNoPin(string pairing) => Assert.EndsWith(
        "check code " + Assert.Single(SixDigits().Matches(pairing)).Value, pairing[..pairing.IndexOf(" on both sides", StringComparison.Ordinal)], StringComparison.Ordinal);

    [GeneratedRegex("\\b[0-9]{6}\\b")]
    private static partial Regex SixDigits();
}
