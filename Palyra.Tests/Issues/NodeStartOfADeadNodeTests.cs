using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary><c>node start</c> told of a process that was dead already, and two processes under one identity pushed each other off the gateway.</summary>
[Trait("Category", "Slow")]
public sealed class NodeStartOfADeadNodeTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public NodeStartOfADeadNodeTests() => File.WriteAllText(_home.File("node-host.json"), $$"""
        {
          "schema_version": 1, "grpc_url": "https://127.0.0.1:1", "device_id": "01J9ZQ3V7B6W1K2M3N4P5Q6R7S", "poll_interval_ms": 1000,
          "identity_store_dir": "{{_home.File("identity")}}", "installed_at_unix_ms": 1, "gateway_ca_sha256": "{{new string('0', 64)}}"
        }
        """);

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Start_IdentityCannotBeOpened_SaysSoAndLeavesNoProcessOnRecord()
    {
        Directory.CreateDirectory(_home.File("identity"));
        await File.WriteAllTextAsync(_home.File("identity/store.key"), "no key");

        var refused = await PalyraProcess.RunAsync("node", "start", "--home", _home.Root);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("(node.start_failed)", refused.Error, StringComparison.Ordinal);
        Assert.Contains("store.key", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_home.File("node-host-process.json")));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("start")]
    [InlineData("uninstall")]
    public async Task Command_HomeIsHeldByAnother_IsRefused(string verb)
    {
        using var other = new FileStream(_home.File("node.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var refused = await PalyraProcess.RunAsync("node", verb, "--home", _home.Root);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("a node runs already", refused.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_home.File("node-host.json")));
    }
}
