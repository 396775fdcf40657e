using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

/// <summary>A host may block on the runtime, whatever synchronisation context it has: nothing the runtime waits for goes on in there.</summary>
public class NodeRuntimeCallersContextTests
{
    private static readonly PairingSessionId Open = NodeRuntimes.Session(1);
    private static readonly PairingSessionId Pending = NodeRuntimes.Session(2);
    private static readonly DeviceId Device = NodeRuntimes.Device(1);

    private static readonly Dictionary<string, Func<NodeRuntime, CapabilityRequestId, Task>> Acts = new()
    {
        ["mint a code"] = (runtime, _) => runtime.MintCode(PairingMethod.Qr, "admin:local").AsTask(),
        ["check the fifth wrong code"] = (runtime, _) => runtime.CheckCode(PairingMethod.Pin, "wrong").AsTask(),
        ["prove the fifth wrong code"] = (runtime, _) => runtime.ProveCode(Open, "wrong").AsTask(),
        ["add a verified pairing"] = (runtime, _) => runtime.AddVerifiedPairing(Open, NodeRuntimes.Verified(Device)).AsTask(),
        ["approve a pairing"] = (runtime, _) => runtime.Approve(Pending, Pairings.By()).AsTask(),
        ["register a node"] = (runtime, _) => runtime.RegisterNode(NodeRuntimes.Device(2), "linux-x86_64", []).AsTask(),
        ["remove a node"] = (runtime, _) => runtime.RemoveNode(Device).AsTask(),
        ["queue a request"] = (runtime, _) => runtime.Enqueue(Device, NodeRuntimes.Echo, default, 0, new(long.MaxValue)).AsTask(),
        ["cancel a request"] = (runtime, request) => runtime.Cancel(request).AsTask(),
        ["accept a request"] = (runtime, request) => runtime.MarkAccepted(request, Device).AsTask(),
        ["complete a request"] = (runtime, request) => runtime.Complete(request, Device, true, default, null).AsTask(),
        ["reject a device"] = (runtime, _) => runtime.RejectDevice(Device).AsTask(),
    };

    public static TheoryData<string> ActNames => [.. Acts.Keys];

    [Theory]
    [MemberData(nameof(ActNames))]
    public async Task Mutation_NotYetDurable_GoesOnOutsideTheCallersContext(string act)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        using var connection = nodes.Connect(await nodes.NodeAsync());
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(Device));
        await OpenSessionAsync(nodes, Pending);
        NodeRuntimes.Accepted(await nodes.Runtime.AddVerifiedPairing(Pending, NodeRuntimes.Verified(NodeRuntimes.Device(3))));
        await OpenSessionAsync(nodes, Open);
        await GuessAsync(nodes.Runtime);
        var context = new CallersContext();
        nodes.Store.IsHolding = true;

        var call = context.Begin(() => Acts[act](nodes.Runtime, pending.Id));
        Assert.False(call.IsCompleted);
        nodes.Store.IsHolding = false;
        nodes.Store.Release();
        await call;

        Assert.Equal(0, context.Returns);
    }

    [Fact]
    public async Task CheckCode_AuditTrailIsBehind_GoesOnOutsideTheCallersContext()
    {
        var audit = new HeldAuditSink();
        await using var nodes = await NodeRuntimes.OpenAsync(audit: audit);
        await GuessAsync(nodes.Runtime);
        var context = new CallersContext();

        var call = context.Begin(() => nodes.Runtime.CheckCode(PairingMethod.Pin, "wrong").AsTask());
        Assert.False(call.IsCompleted);
        audit.Release();
        await call;

        Assert.Equal(0, context.Returns);
    }

    [Fact]
    public async Task Connect_NotYetDurable_GoesOnOutsideTheCallersContext()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await nodes.EnqueueAsync(await nodes.NodeAsync());
        var context = new CallersContext();
        nodes.Store.IsHolding = true;

        using var connection = context.Begin(() => nodes.Connect(Device));
        nodes.Store.IsHolding = false;
        nodes.Store.Release();
        await context.Idle;

        Assert.Equal(0, context.Returns);
    }

    [Fact]
    public async Task OpenAsync_NotYetDurable_GoesOnOutsideTheCallersContext()
    {
        var store = new InMemoryNodeRuntimeStore { IsHolding = true };
        var context = new CallersContext();

        var opened = context.Begin(() => NodeRuntime.OpenAsync(store, null, TimeProvider.System, new SeededEntropy()).AsTask());
        store.Release();
        await using var runtime = await opened;

        Assert.Equal(0, context.Returns);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposeAsync_TimerOrStoreTakesItsTime_GoesOnOutsideTheCallersContext(bool timer)
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runtime = await NodeRuntime.OpenAsync(
            new SlowToClose(timer ? Task.CompletedTask : released.Task), null, new SlowTimers(timer ? released.Task : Task.CompletedTask), new SeededEntropy());
        var context = new CallersContext();

        var closed = context.Begin(() => runtime.DisposeAsync().AsTask());
        Assert.False(closed.IsCompleted);
        released.SetResult();
        await closed;

        Assert.Equal(0, context.Returns);
    }

    private static async Task OpenSessionAsync(NodeRuntimes nodes, PairingSessionId session)
    {
        var pin = NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin:local"));
        NodeRuntimes.Accepted(await nodes.Runtime.OpenSession(session, PairingMethod.Pin, pin.Code));
    }

    private static async Task GuessAsync(NodeRuntime runtime)
    {
        for (var wrong = 1; wrong < WrongCodeWindow.Limit; wrong++)
        {
            await runtime.CheckCode(PairingMethod.Pin, "wrong");
        }
    }

    private sealed class SlowToClose(Task closed) : INodeRuntimeStore
    {
        public NodeRuntimeState Load() => new();

        public ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes) => default;

        public void Resume() { }

        public ValueTask DisposeAsync() => new(closed);
    }

    private sealed class SlowTimers(Task closed) : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new SlowTimer(base.CreateTimer(callback, state, dueTime, period), closed);

        private sealed class SlowTimer(ITimer inner, Task closed) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync()
            {
                inner.Dispose();
                return new(closed);
            }
        }
    }
}
