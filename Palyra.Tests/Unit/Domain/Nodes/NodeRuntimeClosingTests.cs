using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

/// <summary>What still happens while a runtime closes finds it closed, and harms nobody.</summary>
public class NodeRuntimeClosingTests
{
    [Fact]
    public async Task DisposeAsync_Done_LeavesNoTimer()
    {
        var clock = new WatchedClock();
        var nodes = await NodeRuntimes.OpenAsync(clock: clock);
        Assert.Equal(1, clock.Running);

        await nodes.DisposeAsync();

        Assert.Equal(0, clock.Running);
    }

    [Fact]
    public async Task DisposeAsync_TimerFiresMeanwhile_ChangesNothing()
    {
        var clock = new TimerInHand();
        var store = new InMemoryNodeRuntimeStore();
        var runtime = await NodeRuntime.OpenAsync(store, null, clock, new SeededEntropy());
        var appends = store.Appends;
        await runtime.DisposeAsync();

        clock.Fire();

        Assert.Equal(appends, store.Appends);
    }

    [Fact]
    public async Task DisposeAsync_CallerCancelsMeanwhile_IsToldThatTheRuntimeCloses()
    {
        using var cancellation = new CancellationTokenSource();
        var store = new StoreThatCloses(cancellation.Cancel);
        var runtime = await NodeRuntime.OpenAsync(store, null, new FakeTimeProvider(), new SeededEntropy());
        await runtime.RegisterNode(NodeRuntimes.Device(1), "linux-x86_64", [new NodeCapability(NodeRuntimes.Echo, true)]);
        var pending = (await runtime.Enqueue(NodeRuntimes.Device(1), NodeRuntimes.Echo, default, 0, new(long.MaxValue), cancellation: cancellation.Token)).Value;

        await runtime.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pending.Completion);
    }

    /// <summary>A clock whose timers fire when the test says so, stopped or not.</summary>
    private sealed class TimerInHand : FakeTimeProvider
    {
        internal Action Fire { get; private set; } = () => { };

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Fire = () => callback(state);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class StoreThatCloses(Action closing) : INodeRuntimeStore
    {
        public NodeRuntimeState Load() => new();

        public ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes) => default;

        public void Resume() { }

        public ValueTask DisposeAsync()
        {
            closing();
            return default;
        }
    }
}
