using System.Net;
using System.Text.Json;
using Palyra.Host.Configuration;
using Palyra.Host.Gateway;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

[Trait("Category", "Slow")]
public sealed class GatewayStopTests
{
    [Fact]
    public async Task Gateway_SigTermWhileACallRuns_LetsItFinishAndExitsZero()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var node = await GatewayWorkers.StartAsync(gateway, gateway.File("node"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var call = gateway.RunAsync("workers", "invoke", "palyra.sleep", "--input", "{\"duration_ms\":3000}", "--json");
        await GatewayWorkers.UntilAsync(gateway, "busy");

        await gateway.Process.SignalAsync("TERM");

        var outcome = await call;
        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
        Assert.True(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("success").GetBoolean());
        await gateway.Process.Process.WaitForExitAsync();
        Assert.Equal(0, gateway.Process.Process.ExitCode);
    }

    [Fact]
    public async Task Start_StoppedMeanwhile_EndsAsCancelledAndLetsGoOfTheStateRoot()
    {
        using var folder = new TemporaryFolder();
        var settings = new GatewaySettings { StateRoot = folder.Root, NodeRpc = new IPEndPoint(IPAddress.Loopback, 0), Egress = new IPEndPoint(IPAddress.Loopback, 0) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GatewayHost.StartAsync(settings, _ => { }, new CancellationToken(canceled: true)));

        await using var again = await GatewayHost.StartAsync(settings, _ => { }, CancellationToken.None);
        Assert.NotEqual(0, again.NodeRpc.Port);
    }

    [Fact]
    public async Task Invoke_NodeProcessKilledHalfWay_EndsWithOrphanedWorkerAndOneReason()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var node = await GatewayWorkers.StartAsync(gateway, gateway.File("node"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var call = gateway.RunAsync("workers", "invoke", "palyra.sleep", "--input", "{\"duration_ms\":600000}", "--json");
        await GatewayWorkers.UntilAsync(gateway, "busy");
        node.Process.Kill(entireProcessTree: true);

        var outcome = await call;

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("execution.node_lost", JsonDocument.Parse(outcome.Output).RootElement.GetProperty("reason_code").GetString());
        await GatewayWorkers.UntilAsync(gateway, "orphaned");
    }

    [Fact]
    public async Task Gateway_KilledAndStartedAgain_TheNodeComesBackByItselfAndWorks()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var node = await GatewayWorkers.StartAsync(gateway, gateway.File("node"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);

        await gateway.KillAndStartAgainAsync();

        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var call = (await gateway.JsonAsync("workers", "invoke", "palyra.echo", "--input", "{\"text\":\"again\"}"))[0];
        Assert.True(call.GetProperty("success").GetBoolean());
        Assert.False(node.Process.HasExited);
    }

    [Fact]
    public async Task Gateway_KilledWhileACallRuns_TheNodeEndsItsWorkAndServesTheNextCall()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var node = await GatewayWorkers.StartAsync(gateway, gateway.File("node"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var call = gateway.RunAsync("workers", "invoke", "palyra.sleep", "--input", "{\"duration_ms\":600000}", "--json");
        await GatewayWorkers.UntilAsync(gateway, "busy");

        await gateway.KillAndStartAgainAsync();

        Assert.NotEqual(0, (await call).ExitCode);
        await GatewayWorkers.UntilRegisteredAsync(gateway, 1);
        var next = (await gateway.JsonAsync("workers", "invoke", "palyra.echo", "--input", "{\"text\":\"again\"}"))[0];
        Assert.True(next.GetProperty("success").GetBoolean());
    }
}
