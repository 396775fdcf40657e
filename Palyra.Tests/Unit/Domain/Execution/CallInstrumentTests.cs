using Palyra.Tests.Builders;
using Palyra.Tests.Observability;

namespace Palyra.Tests.Unit.Domain.Execution;

/// <summary>What a call leaves in the instruments of the meter <c>Palyra</c>: the executor's, the fleet's and the node runtime's.</summary>
[Collection(AloneCollection.Name)]
public sealed class CallInstrumentTests : IDisposable
{
    private readonly Measurements _measured = new();

    public void Dispose() => _measured.Dispose();

    [Fact]
    public async Task Call_Succeeds_IsCountedFromItsLeaseToItsOutcome()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await calls.DispatchedAsync()).StartAsync();
        calls.Clock.Advance(TimeSpan.FromMilliseconds(250));
        await worker.AnswerAsync();
        Assert.True((await worker.VerifyAsync()).IsOk);
        Assert.True(worker.Complete().IsOk);
        Assert.True((await RemoteCalls.EndOf(call)).Success);

        Assert.Equal(1, _measured.Sum("palyra.fleet.leases", "outcome", "worker.assigned"));
        Assert.Equal(1, _measured.Sum("palyra.fleet.leases", "outcome", "worker.completed"));
        Assert.Equal(1, _measured.Sum("palyra.execution.calls", "success", "True"));
        Assert.Equal(250, _measured.Sum("palyra.execution.duration"));
        Assert.Equal(0, _measured.Sum("palyra.nodes.queue.depth"));
        Assert.Contains(_measured.Of("palyra.nodes.queue.depth"), change => change.Value == 1);
        Assert.Equal(0, Assert.Single(_measured.Of("palyra.nodes.dispatch.latency")).Value);
        Assert.Equal(1, _measured.Sum("palyra.nodes.requests", "state", "Succeeded"));
    }

    [Fact]
    public async Task Call_NoWorkerForIt_CountsTheRefusalByItsCode()
    {
        await using var calls = await RemoteCalls.StartAsync(workers: 0);
        var outcome = await RemoteCalls.EndOf(calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask());
        Assert.Equal(1, _measured.Sum("palyra.execution.calls", "reason_code", outcome.ReasonCode));
        Assert.Equal(0, _measured.Sum("palyra.execution.calls", "success", "True"));
    }

    [Fact]
    public async Task Lease_RevokedUnderAnOperatorsOwnCode_CountsAsRevoked()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await calls.DispatchedAsync();
        Assert.True(calls.Fleet.RevokeLease(worker.Id, worker.Lease, "maintenance.window-7", calls.Now).IsOk);
        await RemoteCalls.EndOf(call);
        Assert.Equal(1, _measured.Sum("palyra.fleet.leases", "outcome", "worker.lease_revoked"));
        Assert.DoesNotContain(_measured.Of("palyra.fleet.leases"), lease => lease.Tags["outcome"].Contains("window", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_QuarantinedUnderAnOperatorsOwnCode_CountsAsQuarantined()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await calls.DispatchedAsync();
        Assert.True(calls.Fleet.Quarantine(worker.Id, "incident.window-7", calls.Now).IsOk);
        await RemoteCalls.EndOf(call);
        Assert.Equal(1, _measured.Sum("palyra.fleet.leases", "outcome", "worker.quarantined_by_operator"));
    }
}
