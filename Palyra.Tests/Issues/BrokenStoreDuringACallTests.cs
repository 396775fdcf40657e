using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// A store that broke between dispatch and end threw out of the call: its outcome was lost, and the run was not held although its worker may still be at it.
/// </summary>
public sealed class BrokenStoreDuringACallTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExecuteAsync_StoreBreaksBeforeTheWorkerIsLost_EndsClosedAndHoldsTheRun(bool started)
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(idempotent: true)).AsTask();
        var worker = await calls.DispatchedAsync();
        if (started)
        {
            await worker.StartAsync();
        }

        calls.Nodes.Store.IsBroken = true;
        Assert.True(calls.Fleet.RevokeLease(worker.Id, null, null, calls.Now).IsOk);

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((WorkerReason.LeaseRevoked, 1), (outcome.ReasonCode, outcome.Attempts));
        Assert.Equal((0, 0), (calls.Egress.Count, calls.Executor.Running));
        calls.Nodes.Store.IsBroken = false;
        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
    }
}
