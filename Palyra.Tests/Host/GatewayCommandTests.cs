using System.Text.Json;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

[Trait("Category", "Slow")]
public sealed class GatewayCommandTests
{
    [Fact]
    public async Task OperatorCommand_NoGateway_ExitsThreeWithOneLineThatSaysWhatToStart()
    {
        using var folder = new TemporaryFolder();

        var refused = await PalyraProcess.RunAsync("nodes", "list", "--state-root", folder.Root);

        Assert.Equal(3, refused.ExitCode);
        Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("palyra gateway", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
    }

    [Fact]
    public async Task OperatorCommand_SettingsFile_FindsTheGatewayWhereThatPutsIt()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("palyra.json"), $$"""{ "state_root": "{{folder.File("elsewhere")}}" }""");
        using var palyra = PalyraProcess.Start(new Dictionary<string, string> { ["PALYRA_CONFIG"] = folder.File("palyra.json") }, "nodes", "list");
        var refused = await palyra.FinishAsync();

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains(folder.File(Path.Combine("elsewhere", "admin.sock")), refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OperatorCommand_StateRootLongerThanASocketsPath_IsNoStackTrace()
    {
        var refused = await PalyraProcess.RunAsync("nodes", "list", "--state-root", Path.Combine(Path.GetTempPath(), new string('x', 120)));

        Assert.Equal(3, refused.ExitCode);
        Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Gateway_Json_AnnouncesItselfServesTheSocketAndStopsInOrder()
    {
        using var folder = new TemporaryFolder();
        var root = Path.Combine(folder.Root, "state");
        using var gateway = PalyraProcess.Start("gateway", "--state-root", root, "--node-rpc", "127.0.0.1:0", "--egress", "127.0.0.1:0", "--json");
        var listening = JsonDocument.Parse((await gateway.Process.StandardOutput.ReadLineAsync())!).RootElement;
        Assert.Equal(
            ["event", "node_rpc", "egress", "admin", "gateway_ca_file", "gateway_ca_sha256"], listening.EnumerateObject().Select(member => member.Name));
        Assert.True(File.Exists(listening.GetProperty("gateway_ca_file").GetString()));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(listening.GetProperty("admin").GetString()!));
        }

        var code = await PalyraProcess.RunAsync("pairing", "code", "--state-root", root, "--json");
        Assert.Equal(0, code.ExitCode);
        Assert.Matches("^[0-9]{6}$", JsonDocument.Parse(code.Output).RootElement.GetProperty("code").GetString());
        Assert.Equal("No nodes.", (await PalyraProcess.RunAsync("nodes", "list", "--state-root", root)).Output.Trim());
        var unknown = await PalyraProcess.RunAsync("workers", "drain", "nobody", "--state-root", root, "--json");
        Assert.Equal((1, "UnknownWorker"), (unknown.ExitCode, JsonDocument.Parse(unknown.Output).RootElement.GetProperty("code").GetString()));

        var second = await PalyraProcess.RunAsync("gateway", "--state-root", root, "--node-rpc", "127.0.0.1:0", "--egress", "127.0.0.1:0");
        Assert.Equal(1, second.ExitCode);

        await gateway.SignalAsync("TERM");

        Assert.Equal(0, (await gateway.FinishAsync()).ExitCode);
        Assert.False(File.Exists(listening.GetProperty("admin").GetString()));
    }

    [Fact]
    public async Task Gateway_AddressOfAnotherMachine_SaysUnderACodeOfItsOwnThatItCannotStart()
    {
        using var folder = new TemporaryFolder();

        var refused = await PalyraProcess.RunAsync("gateway", "--state-root", folder.Root, "--node-rpc", "203.0.113.1:0", "--egress", "127.0.0.1:0", "--json");

        Assert.Equal((1, "gateway.start_failed"), (refused.ExitCode, CodeOf(refused)));
    }

    [Fact]
    public async Task Gateway_AuditTrailIsDamaged_SaysUnderACodeOfItsOwnThatItCannotStart()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await gateway.Process.SignalAsync("TERM");
        await gateway.Process.Process.WaitForExitAsync();
        var trail = Directory.EnumerateFiles(gateway.File("state/audit"), "*.ndjson").Single();
        await File.WriteAllTextAsync(trail, (await File.ReadAllTextAsync(trail)).Replace("audit.opened", "audit.forged", StringComparison.Ordinal));

        var refused = await PalyraProcess.RunAsync("gateway", "--config", gateway.File("palyra.json"), "--json");

        Assert.Equal((1, "gateway.start_failed"), (refused.ExitCode, CodeOf(refused)));
    }

    [Fact]
    public async Task PrintConfig_FlagsBeatEnvironmentBeatsFile()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Root, "palyra.json");
        await File.WriteAllTextAsync(file, """
            {
              // a comment
              "state_root": "/from/file",
              "node_rpc": "127.0.0.1:1111",
              "fleet": { "max_ttl_ms": 1000, "heartbeat_timeout_ms": 2000 },
              "tools": { "http.fetch": { "posture": { "network_egress": true }, "egress": { "allowed_hosts": ["api.example.com"] } } },
            }
            """);
        var environment = new Dictionary<string, string> { ["PALYRA_NODE_RPC"] = "127.0.0.1:2222", ["PALYRA_FLEET__MAX_TTL_MS"] = "3000", ["PALYRA_STATE_ROOT"] = folder.Root };
        using var palyra = PalyraProcess.Start(environment, "gateway", "--config", file, "--node-rpc", "127.0.0.1:3333", "--print-config");
        var printed = await palyra.FinishAsync();

        Assert.True(printed.ExitCode == 0, printed.Error);
        var config = JsonDocument.Parse(printed.Output).RootElement;
        Assert.Equal("127.0.0.1:3333", config.GetProperty("node_rpc").GetString());
        Assert.Equal(folder.Root, config.GetProperty("state_root").GetString());
        Assert.Equal(3000, config.GetProperty("fleet").GetProperty("max_ttl_ms").GetInt32());
        Assert.Equal(2000, config.GetProperty("fleet").GetProperty("heartbeat_timeout_ms").GetInt32());
        Assert.True(config.GetProperty("tools").GetProperty("http.fetch").GetProperty("posture").GetProperty("network_egress").GetBoolean());
    }

    [Fact]
    public async Task PrintConfig_Mistakes_AreToldAllAtOnceWithTheirPlaces()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Root, "palyra.json");
        await File.WriteAllTextAsync(file, """
            {
              "node_rpc": "nowhere",
              "fleet": {
                "max_ttl_ms": 0,
                "max_tll_ms": 5
              }
            }
            """);
        using var palyra = PalyraProcess.Start(new Dictionary<string, string> { ["PALYRA_WRITE_THROUGH"] = "perhaps" }, "gateway", "--config", file, "--print-config");
        var refused = await palyra.FinishAsync();

        Assert.Equal(2, refused.ExitCode);
        foreach (var place in new[] { $"{file}:2: node_rpc", $"{file}:4: fleet.max_ttl_ms", $"{file}:5: there is no setting fleet.max_tll_ms", "PALYRA_WRITE_THROUGH: write_through" })
        {
            Assert.Contains(place, refused.Error, StringComparison.Ordinal);
        }
    }

    private static string? CodeOf(PalyraProcess.Finished refused) => JsonDocument.Parse(refused.Output).RootElement.GetProperty("code").GetString();
}
