using Palyra.Domain.Egress.Policies;
using Palyra.Host.Configuration;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

/// <summary>New settings while a worker works and has a tunnel open.</summary>
[Trait("Category", "Slow")]
public sealed class ReloadTests
{
    /// <summary>What the settings say of the tool, after: gone, without egress, with another host.</summary>
    private static readonly Dictionary<string, Func<ToolDefinition, ToolDefinition?>> Withdrawals = new()
    {
        ["the tool is gone"] = _ => null,
        ["it reaches nothing"] = tool => tool with { Egress = null },
        ["it reaches another host"] = tool => tool with { Egress = tool.Egress! with { AllowAnyHost = false, AllowedDnsSuffixes = [], AllowedHosts = ["other.example.com"] } },
        ["it has no tunnels"] = tool => tool with { Egress = tool.Egress! with { AllowTunnels = false } },
    };

    public static TheoryData<string> Changes => [.. Withdrawals.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Reload_ToolMayReachItNoMore_CutsTheTunnelOfTheCallUnderWay(string change)
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        var call = gateway.CallAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        var dispatch = await worker.DispatchedAsync();
        await worker.StartAsync(dispatch);

        gateway.Running.Reload(gateway.Settings with { Tools = Changed(gateway.Settings.Tools, Withdrawals[change]) });

        await Wait.UntilAsync(() => gateway.Running.Proxy.OpenTunnels == 0);
        await worker.AnswerAsync(dispatch.RequestId.Ulid);
        Assert.True((await worker.ReportAsync(FaultWorker.Lease(dispatch))).Accepted);
        Assert.True((await call.WaitAsync(FaultWalkTests.Patience)).Success);
    }

    [Fact]
    public async Task Reload_ToolMayStillReachIt_LeavesTheTunnelOpen()
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        var call = gateway.CallAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        var dispatch = await worker.DispatchedAsync();
        await worker.StartAsync(dispatch);

        gateway.Running.Reload(gateway.Settings with
        {
            Tools = Changed(gateway.Settings.Tools, tool => tool with { Egress = tool.Egress! with { AllowedHosts = [.. tool.Egress.AllowedHosts, "other.example.com"] } }),
        });

        // The count falls some time after a cut: only what comes through shows that there was none.
        await worker.SendAsync("still here\r\n\r\n");
        await Wait.UntilAsync(() => gateway.Origin.Heads.Any(heard => heard.EndsWith("still here\r\n\r\n", StringComparison.Ordinal)));
        Assert.Equal(1, gateway.Running.Proxy.OpenTunnels);
        await worker.AnswerAsync(dispatch.RequestId.Ulid);
        Assert.True((await worker.ReportAsync(FaultWorker.Lease(dispatch))).Accepted);
        Assert.True((await call.WaitAsync(FaultWalkTests.Patience)).Success);
    }

    private static Dictionary<string, ToolDefinition> Changed(IReadOnlyDictionary<string, ToolDefinition> tools, Func<ToolDefinition, ToolDefinition?> change) =>
        tools.Values.Select(change).OfType<ToolDefinition>().ToDictionary(tool => tool.Name);
}
