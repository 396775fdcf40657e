using Palyra.Domain.Audit;
using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>An audit trail that broke between the lease and the dispatch left the lease standing until it expired.</summary>
public sealed class BrokenAuditTrailTests
{
    [Fact]
    public async Task ExecuteAsync_AuditTrailBreaks_DispatchesNothingAndLeavesNoLease()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Audit.IsBroken = true;

        await Assert.ThrowsAsync<AuditSinkException>(async () => await calls.Executor.ExecuteAsync(RemoteCalls.Call()));

        Assert.Equal((WorkerState.Orphaned, 0), (calls.Worker().State, calls.Fleet.Snapshot().ActiveLeases));
        Assert.Empty(calls.Nodes.Runtime.ListRequests());
        calls.AssertNothingLeft();
    }
}
