using Palyra.Domain.Capabilities;
using Palyra.Domain.Execution;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Execution;

/// <summary>A host may block on a call, whatever synchronisation context it has: nothing a call waits for goes on in there.</summary>
public sealed class RemoteToolExecutorCallersContextTests
{
    private readonly CallersContext _context = new();

    [Fact]
    public async Task ExecuteAsync_WorkerTakesItsTime_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = Begin(calls.Executor, RemoteCalls.Call());
        var worker = await (await (await calls.DispatchedAsync()).StartAsync()).AnswerAsync();
        Assert.True((await worker.VerifyAsync()).IsOk);
        Assert.True(worker.Complete().IsOk);

        Assert.True((await RemoteCalls.EndOf(call)).Success);
        Assert.Equal(0, _context.Returns);
    }

    [Fact]
    public async Task ExecuteAsync_SecondWorkerTakesItsTime_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync(0);
        await calls.WorkerAsync(1, "something.else");
        await calls.WorkerAsync(2);
        using var cancellation = new CancellationTokenSource();
        var call = Begin(calls.Executor, RemoteCalls.Call(idempotent: true), cancellation.Token);
        await cancellation.CancelAsync();

        Assert.Equal(2, (await RemoteCalls.EndOf(call)).Attempts);
        Assert.Equal(0, _context.Returns);
    }

    [Fact]
    public async Task ExecuteAsync_DispatchIsNotYetDurable_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Nodes.Store.IsHolding = true;
        using var cancellation = new CancellationTokenSource();
        var call = Begin(calls.Executor, RemoteCalls.Call(), cancellation.Token);
        await cancellation.CancelAsync();
        calls.Nodes.Store.IsHolding = false;
        calls.Nodes.Store.Release();

        Assert.Equal("execution.cancelled", (await RemoteCalls.EndOf(call)).ReasonCode);
        Assert.Equal(0, _context.Returns);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExecuteAsync_AuditTrailIsBehind_GoesOnOutsideTheCallersContext(bool leased)
    {
        await using var calls = await RemoteCalls.StartAsync();
        var audit = new HeldAuditSink();
        using var executor = new RemoteToolExecutor(calls.Fleet, calls.Nodes.Runtime, calls.Egress, new SeededEntropy(7), calls.Clock, audit);
        using var cancellation = new CancellationTokenSource();
        var call = Begin(executor, leased ? RemoteCalls.Call() : RemoteCalls.Call() with { Approval = null }, cancellation.Token);
        Assert.Equal(leased ? 1 : 0, executor.Running);
        await cancellation.CancelAsync();
        audit.Release();

        Assert.Equal(leased ? "execution.cancelled" : "execution.approval_required", (await RemoteCalls.EndOf(call)).ReasonCode);
        Assert.Equal(0, _context.Returns);
    }

    [Fact]
    public async Task ExecuteAsync_CancellationIsNotYetDurable_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync(1, new RemoteToolExecutorOptions { StartWithin = TimeSpan.Zero });
        using var hook = calls.Fleet.Subscribe(new LeaseEndHook(() => calls.Nodes.Store.IsHolding = true));
        var call = Begin(calls.Executor, RemoteCalls.Call());
        calls.Nodes.Store.IsHolding = false;
        calls.Nodes.Store.Release();

        Assert.Equal("execution.dispatch_lapsed", (await RemoteCalls.EndOf(call)).ReasonCode);
        Assert.Equal(0, _context.Returns);
    }

    [Fact]
    public async Task ExecuteAsync_AnswerIsNotYetDurable_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync(1, new RemoteToolExecutorOptions { StartWithin = TimeSpan.Zero });
        using var connection = calls.Nodes.Connect(NodeRuntimes.Device(1));
        Task? answered = null;
        using var hook = calls.Fleet.Subscribe(new LeaseEndHook(() =>
        {
            calls.Nodes.Store.IsHolding = true;
            answered = calls.Nodes.Runtime.Complete(calls.Nodes.Runtime.ListRequests()[0].Id, NodeRuntimes.Device(1), true, default, null).AsTask();
        }));
        var call = Begin(calls.Executor, RemoteCalls.Call());
        calls.Nodes.Store.IsHolding = false;
        calls.Nodes.Store.Release();

        Assert.Equal("execution.dispatch_lapsed", (await RemoteCalls.EndOf(call)).ReasonCode);
        await answered!;
        Assert.Equal(0, _context.Returns);
    }

    [Fact]
    public async Task VerifyOutputAsync_ResultIsOnItsWay_GoesOnOutsideTheCallersContext()
    {
        await using var calls = await RemoteCalls.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(), cancellation.Token).AsTask();
        var worker = await (await calls.DispatchedAsync()).StartAsync();
        var digest = LeasedCallDecider.Digest(RemoteCalls.WorkerSide.Output);
        var verified = _context.Begin(() => calls.Executor.VerifyOutputAsync(worker.Id, worker.Lease, digest, CancellationToken.None).AsTask());
        await worker.AnswerAsync();

        Assert.True((await verified).IsOk);
        Assert.Equal(0, _context.Returns);
        await cancellation.CancelAsync();
        await RemoteCalls.EndOf(call);
    }

    private Task<ToolOutcome> Begin(RemoteToolExecutor executor, ToolCall call, CancellationToken cancellation = default)
    {
        var running = _context.Begin(() => executor.ExecuteAsync(call, cancellation).AsTask());
        Assert.False(running.IsCompleted);
        return running;
    }
}
