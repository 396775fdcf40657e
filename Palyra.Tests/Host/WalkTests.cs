using System.Text.Json;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

/// <summary>A new user's first day, by commands alone: pair, approve, start, list, call, watch, quarantine, revoke, uninstall.</summary>
[Trait("Category", "Slow")]
public sealed class WalkTests
{
    [Fact]
    public async Task Walk_FromCodeToUninstall_EveryCommandDoesWhatItSays()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var home = gateway.File("node");
        var code = (await gateway.JsonAsync("pairing", "code"))[0].GetProperty("code").GetString()!;

        var installed = Node(await PalyraProcess.RunAsync(code + "\n", Install(gateway, home)));
        var device = installed.GetProperty("device_id").GetString()!;
        var pending = (await gateway.JsonAsync("nodes", "pending")).Single();
        Assert.Equal(installed.GetProperty("check_code").GetString(), pending.GetProperty("check_code").GetString());
        Assert.Equal(device, pending.GetProperty("device_id").GetString());
        Assert.False(Node(await Run("status", home)).GetProperty("paired").GetBoolean());

        await gateway.JsonAsync("pairing", "approve", pending.GetProperty("request_id").GetString()!, "--reason", "check codes agree");
        try
        {
            Assert.True(Node(await Run("start", home)).GetProperty("pid").GetInt32() > 0);
            var worker = await UntilAsync(gateway, "workers", "state", "registered");
            Assert.Equal(device, worker.GetProperty("worker_id").GetString());
            Assert.True((await gateway.JsonAsync("nodes", "list")).Single().GetProperty("connected").GetBoolean());
            Assert.True(Node(await Run("status", home)).GetProperty("paired").GetBoolean());
            Assert.Equal(1, (await Run("start", home)).ExitCode);
            var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(home, "node-host.json"))).RootElement;
            Assert.Equal(1, file.GetProperty("schema_version").GetInt32());
            Assert.Equal(device, file.GetProperty("device_id").GetString());
            Assert.True(file.GetProperty("paired_at_unix_ms").GetInt64() > 0);

            var echoed = (await gateway.JsonAsync("nodes", "invoke", device, "echo", "--input", "{\"a\":1}"))[0];
            Assert.Equal("{\"a\":1}", echoed.GetProperty("output").GetRawText());
            var off = await gateway.RunAsync("nodes", "invoke", device, "shell.execute", "--input", "{\"executable\":\"echo\"}");
            Assert.Equal(1, off.ExitCode);
            Assert.Contains("capability_unavailable", off.Error, StringComparison.Ordinal);

            var called = (await gateway.JsonAsync("workers", "invoke", "palyra.echo", "--input", "{\"b\":2}"))[0];
            Assert.Equal($"networked_worker:{device}", called.GetProperty("executor").GetString());
            Assert.Equal("{\"b\":2}", called.GetProperty("output").GetRawText());
            var events = (await gateway.JsonAsync("workers", "events")).Select(one => one.GetProperty("reason_code").GetString()).ToArray();
            Assert.Equal(["worker.completed", "worker.started", "worker.assigned"], events.Where(reason => reason != "worker.heartbeat").Take(3));

            await gateway.JsonAsync("workers", "quarantine", device, "--reason-code", "walk.suspicious");
            var refused = await gateway.RunAsync("workers", "invoke", "palyra.echo", "--json");
            Assert.Equal((1, "backend.unavailable.networked_worker"), (refused.ExitCode, JsonDocument.Parse(refused.Output).RootElement.GetProperty("reason_code").GetString()));

            Assert.Equal(0, (await Run("restart", home)).ExitCode);
            Assert.True((await gateway.JsonAsync("nodes", "revoke", device, "--reason", "walk"))[0].GetProperty("revoked").GetBoolean());
        }
        finally
        {
            await File.WriteAllTextAsync(Path.Combine(home, "mine.txt"), "not the node's");
            Assert.Equal(0, (await Run("uninstall", home)).ExitCode);
        }

        Assert.Equal([Path.Combine(home, "mine.txt")], Directory.EnumerateFileSystemEntries(home));
        Assert.Equal(1, (await Run("status", home)).ExitCode);
    }

    [Fact]
    public async Task Install_CodeAsArgument_NeedsItsFlag()
    {
        var refused = await PalyraProcess.RunAsync(
            "node", "install", "--grpc-url", "https://127.0.0.1:1", "--gateway-ca-sha256", new string('0', 64), "--code", "123456", "--home", Path.Combine(Path.GetTempPath(), "palyra-none"));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--allow-insecure-pairing-code-arg", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_WrongCode_LeavesNothingBehind()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var home = gateway.File("node");

        var refused = await PalyraProcess.RunAsync("000000\n", Install(gateway, home));

        Assert.Equal(1, refused.ExitCode);
        Assert.False(Directory.Exists(home));
    }

    [Fact]
    public async Task Install_NoGateway_ExitsThree()
    {
        using var folder = new TemporaryFolder();

        var refused = await PalyraProcess.RunAsync(
            "123456\n", ["node", "install", "--grpc-url", "https://127.0.0.1:1", "--gateway-ca-sha256", new string('0', 64), "--home", folder.File("node")]);

        Assert.Equal(3, refused.ExitCode);
        Assert.False(Directory.Exists(folder.File("node")));
    }

    private static string[] Install(GatewayProcess gateway, string home) =>
    [
        "node", "install", "--grpc-url", $"https://{gateway.NodeRpc}", "--gateway-ca", gateway.CaFile, "--no-wait", "--home", home, "--json",
        "--attestation-key", gateway.SignerKey, "--attestation-key-id", GatewayProcess.KeyId, "--egress-proxy", gateway.Egress,
    ];

    private static Task<PalyraProcess.Finished> Run(string verb, string home) => PalyraProcess.RunAsync("node", verb, "--home", home, "--json");

    private static JsonElement Node(PalyraProcess.Finished finished)
    {
        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
        return JsonDocument.Parse(finished.Output).RootElement;
    }

    private static async Task<JsonElement> UntilAsync(GatewayProcess gateway, string list, string member, string value)
    {
        JsonElement found = default;
        await Wait.UntilAsync(
            async () =>
            {
                found = (await gateway.JsonAsync(list, "list")).FirstOrDefault(item => item.GetProperty(member).GetString() == value);
                return found.ValueKind == JsonValueKind.Object;
            },
            () => $"No entry of {list} came to {member} = {value}.");
        return found;
    }
}
