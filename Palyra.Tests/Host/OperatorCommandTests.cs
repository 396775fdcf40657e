using System.Text.Json;
using Palyra.Adapters.Json.Secrets;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

/// <summary>What an operator does to a running gateway beyond the first day.</summary>
[Trait("Category", "Slow")]
public sealed class OperatorCommandTests
{
    [Fact]
    public async Task ClearRevocation_AfterARevocation_LetsTheDevicePairAgainAndIsAudited()
    {
        using var gateway = await GatewayProcess.StartAsync();
        const string device = "01J9ZQ3V7B6W1K2M3N4P5Q6R7S";
        await gateway.JsonAsync("nodes", "revoke", device, "--reason", "lost");
        Assert.Equal(1, (await InstallAsync(gateway, device, "node-1")).ExitCode);

        var unconfirmed = await gateway.RunAsync("nodes", "clear-revocation", device);
        Assert.Equal(2, unconfirmed.ExitCode);
        Assert.Contains("--confirm", unconfirmed.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await InstallAsync(gateway, device, "node-2")).ExitCode);

        var cleared = (await gateway.JsonAsync("nodes", "clear-revocation", device, "--confirm", device, "--reason", "found"))[0];
        Assert.False(cleared.GetProperty("revoked").GetBoolean());
        Assert.Equal(0, (await InstallAsync(gateway, device, "node-3")).ExitCode);
        var again = await gateway.RunAsync("nodes", "clear-revocation", device, "--confirm", device, "--json");
        Assert.Equal((1, "identity.not_revoked"), (again.ExitCode, JsonDocument.Parse(again.Output).RootElement.GetProperty("code").GetString()));

        var trail = string.Concat(Directory.EnumerateFiles(gateway.File("state/audit"), "*.ndjson").Select(Read));
        Assert.Single(trail.Split('\n'), line => line.Contains("identity.revocation_cleared", StringComparison.Ordinal));
        Assert.Contains("\"revoked_because\":\"lost\"", trail, StringComparison.Ordinal);
        var ordered = trail.Split('\n').Single(line => line.Contains("identity.revocation_ordered", StringComparison.Ordinal));
        Assert.Equal(Environment.UserName, JsonDocument.Parse(ordered).RootElement.GetProperty("actor").GetString());
    }

    [Fact]
    public async Task Approve_WithAScopeTtl_RecordsShowsAndRefusesWhatIsOutOfRange()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var installed = await InstallAsync(gateway, "01J9ZQ3V7B6W1K2M3N4P5Q6R7S", "node");
        var request = JsonDocument.Parse(installed.Output).RootElement.GetProperty("request_id").GetString()!;
        Assert.Equal(2, (await gateway.RunAsync("pairing", "approve", request, "--scope-ttl", "0")).ExitCode);

        var approved = (await gateway.JsonAsync("pairing", "approve", request, "--scope-ttl", "3600"))[0];

        Assert.Equal(3_600_000, approved.GetProperty("decision_scope_ttl_ms").GetInt64());
        Assert.Equal("approved", approved.GetProperty("state").GetString());
        var listed = (await gateway.JsonAsync("pairing", "list")).Single();
        Assert.Equal(approved.GetProperty("scope_ends_at_unix_ms").GetInt64(), listed.GetProperty("scope_ends_at_unix_ms").GetInt64());
    }

    [Fact]
    public async Task RotateKey_GatewayStopped_SealsAnewAndTheGatewayIsTheSame()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await gateway.JsonAsync("nodes", "revoke", "01J9ZQ3V7B6W1K2M3N4P5Q6R7S", "--reason", "lost");
        var root = gateway.File("state");
        var busy = await PalyraProcess.RunAsync("state", "rotate-key", root, "--json");
        Assert.Equal((1, "state.key_not_rotated"), (busy.ExitCode, JsonDocument.Parse(busy.Output).RootElement.GetProperty("code").GetString()));
        await gateway.Process.SignalAsync("TERM");

        await gateway.Process.Process.WaitForExitAsync();
        var (authority, key) = (await File.ReadAllTextAsync(gateway.CaFile), await File.ReadAllTextAsync(Path.Combine(root, "store.key")));

        // As after a crash in the middle of an earlier rotation.
        using (var interrupted = StoreKeyRing.OpenFile(Path.Combine(root, "store.key")))
        {
            interrupted.TryBeginRotation();
        }

        var rotated = await PalyraProcess.RunAsync("state", "rotate-key", root, "--json");

        Assert.True(rotated.ExitCode == 0, rotated.Output + rotated.Error);
        var ids = JsonDocument.Parse(rotated.Output).RootElement;
        Assert.NotEqual(ids.GetProperty("previous_key_id").GetString(), ids.GetProperty("key_id").GetString());
        Assert.NotEqual(key, await File.ReadAllTextAsync(Path.Combine(root, "store.key")));
        using (var keys = StoreKeyRing.OpenFile(Path.Combine(root, "store.key")))
        {
            Assert.Equal((ids.GetProperty("key_id").GetString(), false), (keys.CurrentKeyId, keys.HasRetiredKeys));
        }

        using var second = PalyraProcess.Start("gateway", "--config", gateway.File("palyra.json"), "--json");
        Assert.NotNull(await second.Process.StandardOutput.ReadLineAsync());
        Assert.Equal(authority, await File.ReadAllTextAsync(gateway.CaFile));
        var stillRevoked = await gateway.RunAsync("nodes", "clear-revocation", "01J9ZQ3V7B6W1K2M3N4P5Q6R7S", "--confirm", "01J9ZQ3V7B6W1K2M3N4P5Q6R7S");
        Assert.True(stillRevoked.ExitCode == 0, stillRevoked.Error);
        Assert.Equal(0, (await PalyraProcess.RunAsync("audit", "verify", Path.Combine(root, "audit"))).ExitCode);
    }

    [Fact]
    public async Task RotateKey_FolderOfNoGateway_IsRefusedAndLeftAlone()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(1, (await PalyraProcess.RunAsync("state", "rotate-key", folder.Root)).ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task Keygen_FileThatIsThere_IsNeverOverwritten()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await PalyraProcess.RunAsync("workers", "keygen", folder.File("signer.pem"))).ExitCode);
        var key = await File.ReadAllTextAsync(folder.File("signer.pem"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("signer.pem")));
        }

        Assert.Equal(1, (await PalyraProcess.RunAsync("workers", "keygen", folder.File("signer.pem"))).ExitCode);
        Assert.Equal(key, await File.ReadAllTextAsync(folder.File("signer.pem")));
    }

    [Fact]
    public async Task SigHup_PolicyChanged_HoldsFromThenOnAndAMistakeChangesNothing()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var node = await GatewayWorkers.StartAsync(gateway, gateway.File("node"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var file = gateway.File("palyra.json");
        var before = await File.ReadAllTextAsync(file);

        await File.WriteAllTextAsync(file, before.Replace("\"tool:palyra.echo\"", "\"tool:palyra.other\"", StringComparison.Ordinal));
        await gateway.HangUpAsync("were reloaded");
        Assert.Equal("backend.policy.unsatisfied.networked_worker", await ReasonAsync(gateway));

        await File.WriteAllTextAsync(file, "{ \"fleet\": { \"max_tll_ms\": 1 } }");
        await gateway.HangUpAsync("there is no setting fleet.max_tll_ms");
        Assert.Equal("backend.policy.unsatisfied.networked_worker", await ReasonAsync(gateway));

        await File.WriteAllTextAsync(file, before);
        await gateway.HangUpAsync("were reloaded");
        Assert.Equal("execution.completed", await ReasonAsync(gateway));
    }

    [Fact]
    public async Task StoreSecret_FromStandardInput_IsSealedAuditedByNameAndNeverPrinted()
    {
        using var gateway = await GatewayProcess.StartAsync();
        const string secret = "s3cr3t-of-the-test";

        var stored = await PalyraProcess.RunAsync(secret + "\n", ["egress", "store-secret", "prod/api", "--state-root", gateway.File("state"), "--json"]);

        Assert.True(stored.ExitCode == 0, stored.Error);
        Assert.DoesNotContain(secret, stored.Output + stored.Error, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(gateway.File("state"), "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is not (".sock" or ".lock")),
            file => Assert.DoesNotContain(secret, Read(file), StringComparison.Ordinal));
        Assert.Contains("vault.secret_stored", string.Concat(Directory.EnumerateFiles(gateway.File("state/audit"), "*.ndjson").Select(Read)), StringComparison.Ordinal);
        Assert.Equal(1, (await PalyraProcess.RunAsync("x\n", ["egress", "store-secret", "nopath", "--state-root", gateway.File("state")])).ExitCode);
        Assert.True((await gateway.JsonAsync("egress", "delete-secret", "prod/api"))[0].GetProperty("changed").GetBoolean());
        Assert.False((await gateway.JsonAsync("egress", "delete-secret", "prod/api"))[0].GetProperty("changed").GetBoolean());
    }

    private static string Read(string file)
    {
        using var open = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return open.ReadToEnd();
    }

    private static async Task<string?> ReasonAsync(GatewayProcess gateway) =>
        JsonDocument.Parse((await gateway.RunAsync("workers", "invoke", "palyra.echo", "--json")).Output).RootElement.GetProperty("reason_code").GetString();

    private static async Task<PalyraProcess.Finished> InstallAsync(GatewayProcess gateway, string device, string home)
    {
        var code = (await gateway.JsonAsync("pairing", "code"))[0].GetProperty("code").GetString()!;
        return await PalyraProcess.RunAsync(code + "\n",
        [
            "node", "install", "--grpc-url", $"https://{gateway.NodeRpc}", "--gateway-ca", gateway.CaFile, "--no-wait", "--home", gateway.File(home), "--json", "--device-id", device,
        ]);
    }
}
