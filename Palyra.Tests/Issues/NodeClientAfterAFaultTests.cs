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
        await using var node = NodeClients.For(gateway, options => options with { Attestor = new LateAttestor(attestor) });
        await node.PairAsync();
        await node.RunAsync();
        await gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromMinutes(5), watch.Saw("worker.registered"));
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

    /// <summary>Vouches from the second time on.</summary>
    private sealed class LateAttestor(IWorkerAttestor inner) : IWorkerAttestor
    {
        private bool _asked;

        public ValueTask<byte[]> AttestAsync(DeviceId device, ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken)
        {
            if (!_asked)
            {
                _asked = true;
                throw new InvalidOperationException("for the test");
            }

            return inner.AttestAsync(device, challenge, cancellationToken);
        }
    }
}
