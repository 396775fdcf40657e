using System.Text;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Client;

public sealed class NodeTests : IAsyncLifetime
{
    private RpcGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RpcGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Dispatch_Handled_GivesTheOutputByteForByte()
    {
        await using var node = await StartAsync(node => node.Handlers.Add("echo", (invocation, _) => new(CapabilityOutput.Succeeded(invocation.InputJson))));
        var outcome = await ExecuteAsync(node, "echo", """{ "a" : [1,2.50] }""");
        Assert.True(outcome.Success);
        Assert.Equal("""{ "a" : [1,2.50] }""", Encoding.UTF8.GetString(outcome.OutputJson.Span));
    }

    [Fact]
    public async Task Dispatch_HandlerThrows_FailsWithoutItsMessage()
    {
        await using var node = await StartAsync(node => node.Handlers.Add("echo", (_, _) => throw new InvalidOperationException("secret detail")));
        var outcome = await ExecuteAsync(node, "echo", "{}");
        Assert.False(outcome.Success);
        Assert.StartsWith("failed:", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", outcome.Error, StringComparison.Ordinal);
        Assert.True((await ExecuteAsync(node, "echo2", "{}")).Success);
    }

    [Theory]
    [InlineData("no json", "failed:")]
    [InlineData("{} {}", "failed:")]
    [InlineData("\"0123456789012345678901234567890123456789\"", "payload_too_large:")]
    public async Task Dispatch_OutputIsBad_Fails(string output, string error)
    {
        await using var node = await StartAsync(node => node.Handlers.Add("echo", (_, _) => new(CapabilityOutput.Succeeded(output))));
        var outcome = await ExecuteAsync(node, "echo", "{}", max: 32);
        Assert.False(outcome.Success);
        Assert.StartsWith(error, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispatch_DefaultOutput_IsAFailure()
    {
        await using var node = await StartAsync(node => node.Handlers.Add("echo", (_, _) => default));
        Assert.False((await ExecuteAsync(node, "echo", "{}")).Success);
    }

    [Fact]
    public async Task Dispatch_ManyAtOnce_AllEnd()
    {
        await using var node = await StartAsync(node => node.Handlers.Add("echo", (invocation, _) => new(CapabilityOutput.Succeeded(invocation.InputJson))));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => ExecuteAsync(node, "echo", $"{i}")));
        Assert.All(outcomes.Select((outcome, i) => (outcome, i)), pair => Assert.Equal($"{pair.i}", Encoding.UTF8.GetString(pair.outcome.OutputJson.Span)));
    }

    [Fact]
    public async Task Stream_ReplacedByAnother_IsMadeAgain()
    {
        await using var node = await StartAsync();
        var again = node.NextConnection();
        _gateway.Runtime.Connect(node.Client.DeviceId!.Value);
        await AdvanceUntilAsync(again);
        Assert.True((await ExecuteAsync(node, "echo2", "{}")).Success);
    }

    [Fact]
    public async Task Revoked_WhileConnected_EndsTheClient()
    {
        await using var node = await StartAsync(out var running);
        var device = node.Client.DeviceId!.Value;
        _gateway.Gateway.Registry.Revoke(device, "stolen", _gateway.Gateway.Now);
        var result = await (await running).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("node.denied", result.Refusal!.Code);
    }

    [Fact]
    public async Task Certificate_LessThanAThirdLeft_IsReplacedAndTheOldOneDies()
    {
        await using var node = await StartAsync();
        var device = node.Client.DeviceId!.Value;
        Assert.True(_gateway.Gateway.Registry.TryGetIdentity(device, out var before));
        var again = node.NextConnection();
        _gateway.Gateway.Clock.Advance(TimeSpan.FromHours(17));
        await AdvanceUntilAsync(again);

        Assert.True((await ExecuteAsync(node, "echo2", "{}")).Success);
        Assert.True(_gateway.Gateway.Registry.TryGetIdentity(device, out var after));
        Assert.NotEqual(before.Current, after.Current);
        Assert.Null(after.Retiring);
        Assert.Equal("identity.certificate_revoked", _gateway.Gateway.Registry.Authenticate(before.Current!.Fingerprint, _gateway.Gateway.Now).Refusal?.Code);
    }

    [Fact]
    public async Task Stop_WithWorkRunning_StopsItAndReports()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await StartAsync(node => node.Handlers.Add("echo", async (_, over) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, over);
            return default;
        }));
        var outcome = ExecuteAsync(node, "echo", "{}");
        await started.Task;
        await node.StopAsync();
        Assert.StartsWith("stopped:", (await outcome).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Twice_IsRefused()
    {
        await using var node = await StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => node.Client.RunAsync(CancellationToken.None));
    }

    [Fact]
    public void ReconnectDelay_DoublesUpToItsLimit_HalfOfItRandom()
    {
        var delay = new ReconnectDelay(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));
        double[] ceilings = [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000];
        Assert.All(ceilings, ceiling => Assert.InRange(delay.Next().TotalMilliseconds, ceiling / 2, ceiling));
        delay.Reset();
        Assert.InRange(delay.Next().TotalMilliseconds, 250, 500);
        Assert.True(Enumerable.Range(0, 50).Select(_ => new ReconnectDelay(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).Next()).Distinct().Count() > 1);
    }

    private Task<NodeClients> StartAsync(Action<NodeClients>? configure = null) => StartAsync(out _, configure);

    private Task<NodeClients> StartAsync(out Task<Task<Palyra.Domain.Results.Result>> running, Action<NodeClients>? configure = null)
    {
        var node = NodeClients.For(_gateway);
        node.Handlers.Add("echo2", (invocation, _) => new(CapabilityOutput.Succeeded(invocation.InputJson)));
        configure?.Invoke(node);
        running = PairAndRunAsync(node);
        return WaitAsync(node, running);
    }

    private static async Task<Task<Palyra.Domain.Results.Result>> PairAndRunAsync(NodeClients node)
    {
        await node.PairAsync();
        return await node.RunAsync();
    }

    private static async Task<NodeClients> WaitAsync(NodeClients node, Task<Task<Palyra.Domain.Results.Result>> running)
    {
        await running;
        return node;
    }

    private async Task<CapabilityOutcome> ExecuteAsync(NodeClients node, string capability, string input, ulong max = 0)
    {
        var pending = (await _gateway.Runtime.Enqueue(
            node.Client.DeviceId!.Value, capability, Encoding.UTF8.GetBytes(input), max, _gateway.Gateway.Now.Add(TimeSpan.FromMinutes(5)))).Value;
        return await pending.Completion.AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Moves the clock on until something has happened that waits for timers.</summary>
    private Task AdvanceUntilAsync(Task happened) =>
        _gateway.Gateway.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(10), happened);
}
