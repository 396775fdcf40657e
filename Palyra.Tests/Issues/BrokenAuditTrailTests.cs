using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// An audit trail that broke between the lease and the dispatch left the lease standing until it expired; and one that broke at any time was thrown at the
/// caller, who then did not know what had become of the call.
/// </summary>
public sealed class BrokenAuditTrailTests
{
    [Fact]
    public async Task ExecuteAsync_AuditTrailBreaks_DispatchesNothingAndLeavesNoLease()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Audit.IsBroken = true;

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal((false, ExecutionReason.AuditUnavailable, 1), (outcome.Success, outcome.ReasonCode, outcome.Attempts));
        Assert.Equal((WorkerState.Orphaned, 0), (calls.Worker().State, calls.Fleet.Snapshot().ActiveLeases));
        Assert.Empty(calls.Nodes.Runtime.ListRequests());
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_AuditTrailBreaksWhileTheToolRuns_WithholdsTheOutput()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await (await calls.DispatchedAsync()).StartAsync()).AnswerAsync(true);
        Assert.True((await worker.VerifyAsync()).IsOk);
        calls.Audit.IsBroken = true;
        Assert.True(worker.Complete().IsOk);

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((false, ExecutionReason.AuditUnavailable, WorkerState.Completed), (outcome.Success, outcome.ReasonCode, calls.Worker().State));
        Assert.True(outcome.Output.IsEmpty);
        Assert.Null(outcome.OutputManifestSha256);
        Assert.NotNull(outcome.Error);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_RefusedWhileTheAuditTrailIsBroken_SaysWhyItWasRefused()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Audit.IsBroken = true;

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call() with { Approval = null });

        Assert.Equal("execution.approval_required", outcome.ReasonCode);
    }
}
