using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Whatever failed on the node's side but a call ended the client for good.</summary>
public sealed class NodeClientAfterAFaultTests
{
    private static readonly TimeSpan HalfASecond = TimeSpan.FromSeconds(0.5);

    [Fact]
    public async Task Run_AttestorThrows_ComesBackAndAttests()
    {
        RpcGateway? gateway = null;
        using var attestor = new TestAttestor(() => gateway!.Gateway.Now);
        await using var started = gateway = await RpcGateway.StartAsync(policy: attestor.Policy);
        var watch = new FleetWatch();
        gateway.Fleet.Subscribe(watch);
        await using var node = NodeClients.For(gateway, options => options with { Attestor = new LateAttestor(attestor, 1) });
        await node.PairAsync();
        await node.RunAsync();
        await gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromMinutes(5), watch.Saw("worker.registered"));
    }

    [Fact]
    public async Task Run_AttestorAlwaysThrows_IsAskedLessAndLessOften()
    {
        await using var gateway = await RpcGateway.StartAsync();
        using var attestor = new TestAttestor(() => gateway.Gateway.Now);
        var late = new LateAttestor(attestor, int.MaxValue);
        await using var node = NodeClients.For(gateway, options => options with { Attestor = late });
        await node.PairAsync();
        await node.RunAsync();
        // A wait is at least half of 0.5, 1, 2, 4, 8, 16 and then always 30 seconds.
        await gateway.Gateway.Clock.AdvanceAsync(HalfASecond, TimeSpan.FromMinutes(3), () => Task.FromResult(false));
        Assert.InRange(late.Asked, 1, 18);
    }

    [Fact]
    public async Task Run_SubscriberThrows_ServesAllTheSame()
    {
        await using var gateway = await RpcGateway.StartAsync();
        await using var node = NodeClients.For(gateway);
        node.Handlers.Add("echo", (invocation, _) => new(CapabilityOutput.Succeeded(invocation.InputJson)));
        await node.PairAsync();
        await node.RunAsync();
        node.Client.Connected += (_, _) => throw new InvalidOperationException("for the test");
        var again = node.NextConnection();
        gateway.Runtime.Connect(node.Client.DeviceId!.Value);
        var pending = (await gateway.Runtime.Enqueue(node.Client.DeviceId!.Value, "echo", "{}"u8.ToArray(), 0, UnixTime.MaxValue)).Value;
        await gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromMinutes(5), () => pending.Completion.IsCompleted);
        Assert.True((await pending.Completion).Success);
        Assert.False(again.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Run_NewCertificateCannotBeKept_ComesBackAndReplacesItLater()
    {
        await using var gateway = await RpcGateway.StartAsync();
        await using var node = NodeClients.For(gateway);
        await node.PairAsync();
        var running = await node.RunAsync();
        using var before = node.Client.GetCertificate();
        node.Secrets.IsFull = true;
        var again = node.NextConnection();
        gateway.Gateway.Clock.Advance(TimeSpan.FromHours(17));
        await gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromMinutes(5), again);
        node.Secrets.IsFull = false;
        await gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromHours(1), () => Thumbprint(node) != before!.Thumbprint);
        Assert.False(running.IsCompleted);
    }

    private static string Thumbprint(NodeClients node)
    {
        using var certificate = node.Client.GetCertificate();
        return certificate!.Thumbprint;
    }

    /// <summary>Fails so many times before it vouches.</summary>
    private sealed class LateAttestor(IWorkerAttestor inner, int failures) : IWorkerAttestor
    {
        internal int Asked { get; private set; }

        public ValueTask<byte[]> AttestAsync(DeviceId device, ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken) =>
            ++Asked > failures ? inner.AttestAsync(device, challenge, cancellationToken) : throw new InvalidOperationException("for the test");
    }
}
