using System.Diagnostics;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Execution;

/// <summary>When a call is refused, given up, tried again or held back, to the millisecond.</summary>
public sealed class RemoteToolExecutorLimitsTests
{
    private static readonly CancellationToken Cancelled = new(true);

    [Theory]
    [InlineData(true, false, "execution.run_held")]
    [InlineData(false, true, "execution.run_held")]
    [InlineData(false, false, "execution.cancelled")]
    public async Task ExecuteAsync_WorkerLost_HoldsTheRunWhenEitherSideSaysItBegan(bool worker, bool node, string code)
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var lost = await calls.DispatchedAsync();
        if (worker)
        {
            Assert.True(calls.Fleet.Start(lost.Id, lost.Lease, calls.Now).IsOk);
        }

        if (node)
        {
            Assert.True((await calls.Nodes.Runtime.MarkAccepted(lost.Dispatch.Id, NodeRuntimes.Device(1))).IsOk);
        }

        Assert.True(calls.Fleet.RevokeLease(lost.Id, null, null, calls.Now).IsOk);
        await RemoteCalls.EndOf(call);

        // A run that is not held would be dispatched: cancelled beforehand, it goes no further than the question.
        var again = calls.Executor.ExecuteAsync(RemoteCalls.Call(), worker || node ? CancellationToken.None : Cancelled).AsTask();
        Assert.Equal(code, (await RemoteCalls.EndOf(again)).ReasonCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExecuteAsync_LeaseCompleted_FreesTheRun(bool success)
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        Assert.Equal(1, calls.Executor.Running);
        var worker = await (await (await calls.DispatchedAsync()).StartAsync()).AnswerAsync(success);
        Assert.True((await worker.VerifyAsync(success ? null : [])).IsOk);
        Assert.True(worker.Complete().IsOk);
        Assert.Equal(success, (await RemoteCalls.EndOf(call)).Success);

        using var caller = new CancellationTokenSource();
        var again = calls.Executor.ExecuteAsync(RemoteCalls.Call(), caller.Token).AsTask();
        await calls.DispatchedAsync();
        await caller.CancelAsync();
        Assert.Equal("execution.cancelled", (await RemoteCalls.EndOf(again)).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_GatewayStopsBeforeTheStart_IsNotTriedAgain()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(idempotent: true)).AsTask();
        await calls.DispatchedAsync();
        calls.Executor.Abandon();

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal(("execution.gateway_stopped", 1), (outcome.ReasonCode, outcome.Attempts));
        Assert.Equal(WorkerState.Registered, calls.Worker(2).State);
        Assert.Equal("execution.gateway_stopping", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_LeaseExpiresBeforeTheStart_IsNotTriedAgain()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(idempotent: true) with { Ttl = TimeSpan.FromSeconds(20) }).AsTask();
        await calls.DispatchedAsync();
        calls.Clock.Advance(TimeSpan.FromMilliseconds(19_999));
        Assert.False(call.IsCompleted);
        calls.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((WorkerReason.TtlExpired, true, 1), (outcome.ReasonCode, outcome.TimedOut, outcome.Attempts));
        Assert.Equal(WorkerState.Registered, calls.Worker(2).State);
    }

    [Fact]
    public async Task ExecuteAsync_NoWorkerForTheSecondAttempt_EndsAsTheFirstDid()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(idempotent: true)).AsTask();
        var first = await calls.DispatchedAsync();
        Assert.True(calls.Fleet.RevokeLease(first.Id, null, "operator.says-so", calls.Now).IsOk);

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal(("operator.says-so", 1, first.Lease), (outcome.ReasonCode, outcome.Attempts, outcome.LeaseId));
    }

    [Fact]
    public async Task ExecuteAsync_StartWithinIsOver_Lapses()
    {
        await using var calls = await RemoteCalls.StartAsync(1, new RemoteToolExecutorOptions { StartWithin = TimeSpan.FromSeconds(10) });
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        await calls.DispatchedAsync();
        calls.Clock.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False(call.IsCompleted);
        calls.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("execution.dispatch_lapsed", (await RemoteCalls.EndOf(call)).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_LeaseExpiresBeforeTheCleanup_EndsAsExpired()
    {
        await using var calls = await RemoteCalls.StartAsync(1, new RemoteToolExecutorOptions { CleanUpWithin = TimeSpan.FromMinutes(10) });
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await (await calls.DispatchedAsync()).StartAsync()).AnswerAsync();
        Assert.True((await worker.VerifyAsync()).IsOk);
        calls.Clock.Advance(TimeSpan.FromSeconds(60));

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((WorkerReason.TtlExpired, true), (outcome.ReasonCode, outcome.TimedOut));
        calls.AssertNothingLeft();
    }

    [Theory]
    [InlineData("run-1", 0, "ttl")]
    [InlineData("run-1", -1, "ttl")]
    [InlineData(null, 1, "run_id")]
    public async Task ExecuteAsync_FieldOutOfRange_IsNamed(string? run, int ttl, string field)
    {
        await using var calls = await RemoteCalls.StartAsync();

        var outcome = await calls.Executor.ExecuteAsync(
            RemoteCalls.Call() with { RunId = run is null ? default : RunId.Parse(run), Ttl = TimeSpan.FromMilliseconds(ttl) });

        Assert.Equal("execution.invalid_call", outcome.ReasonCode);
        Assert.Contains($"'s {field} ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal((calls.Now, calls.Now), (outcome.Timings.RequestedAt, outcome.Timings.EndedAt));
        Assert.Equal(AuditOutcome.Denied, Assert.Single(calls.Audit.Records).Outcome);
    }

    [Fact]
    public async Task ExecuteAsync_WorkerIsNoDevice_DispatchesNothing()
    {
        await using var calls = await RemoteCalls.StartAsync(0);
        Assert.True(calls.Fleet.Register(
            Workers.Attestation("w-1") with { IssuedAt = calls.Now.AddMilliseconds(-1000), ExpiresAt = calls.Now.AddMilliseconds(36_000_000) }, calls.Now).IsOk);

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("execution.worker_not_a_device", 1, WorkerState.Orphaned), (outcome.ReasonCode, outcome.Attempts, calls.Fleet.Get("w-1").State));
        Assert.Equal(AuditOutcome.Failed, calls.Audit.Records[^1].Outcome);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_CancelledBeforehand_DispatchesNothing()
    {
        await using var calls = await RemoteCalls.StartAsync();

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call(), Cancelled);

        Assert.Equal(("execution.cancelled", WorkerState.Registered), (outcome.ReasonCode, calls.Worker().State));
        Assert.Empty(calls.Nodes.Runtime.ListRequests());
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_EgressIsRefused_DispatchesNothing()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var entropy = new SeededEntropy(7);
        var token = new byte[EgressToken.Bytes];
        entropy.NextUlid(calls.Now);
        entropy.NextUlid(calls.Now);
        entropy.Fill(token);
        var request = Workers.Request("run-2");
        var other = calls.Fleet.Assign(
            calls.Worker(2).WorkerId, request with { Grant = request.Grant with { ExpiresAt = calls.Now.AddMilliseconds(60_000) } }, Workers.Lease(9), calls.Now).Value;
        Assert.True(calls.Egress.Open(other, RemoteCalls.Call().Egress!, token, calls.Now).IsOk);

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("egress.session.token_in_use", WorkerState.Orphaned), (outcome.ReasonCode, calls.Worker().State));
        Assert.Empty(calls.Nodes.Runtime.ListRequests());
    }

    [Fact]
    public async Task VerifyOutputAsync_CallEndsMeanwhile_IsRefusedWithTheReason()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await calls.DispatchedAsync()).StartAsync();
        var verified = worker.VerifyAsync();
        Assert.True(calls.Fleet.RevokeLease(worker.Id, null, "operator.says-so", calls.Now).IsOk);

        Assert.Equal("operator.says-so", (await verified).Refusal?.Code);
        await RemoteCalls.EndOf(call);
    }

    [Fact]
    public async Task Dispose_CallRuns_EndsItAndTakesNoOther()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        await calls.DispatchedAsync();
        Assert.Equal(1, calls.Executor.Running);

        calls.Executor.Dispose();

        Assert.Equal("execution.gateway_stopped", (await RemoteCalls.EndOf(call)).ReasonCode);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_WorkerReturnsWhileItsLostCallStillEnds_IsTheNextCallsOwn()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var lost = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var first = await calls.DispatchedAsync();
        calls.Nodes.Store.IsHolding = true;
        Assert.True(calls.Fleet.RevokeLease(first.Id, null, null, calls.Now).IsOk);
        calls.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(calls.Fleet.ForceCleanup(first.Id, Palyra.Domain.Leasing.CleanupReport.Verified, calls.Now).IsOk);
        Assert.True(calls.Fleet.Reattest(
            Workers.Attestation(first.Id.ToString()) with { IssuedAt = calls.Now, ExpiresAt = calls.Now.AddMilliseconds(36_000_000) }, calls.Now).IsOk);
        using var cancellation = new CancellationTokenSource();
        var next = calls.Executor.ExecuteAsync(RemoteCalls.Call("run-2"), cancellation.Token).AsTask();
        calls.Nodes.Store.IsHolding = false;
        calls.Nodes.Store.Release();
        await RemoteCalls.EndOf(lost);
        await (await calls.DispatchedAsync()).StartAsync();
        await cancellation.CancelAsync();

        Assert.NotNull((await RemoteCalls.EndOf(next)).Timings.StartedAt);
    }

    [Theory]
    [InlineData(true, ActivityStatusCode.Ok, AuditOutcome.Allowed)]
    [InlineData(false, ActivityStatusCode.Error, AuditOutcome.Failed)]
    public async Task ExecuteAsync_Ended_TellsTraceAndAuditTrailHow(bool success, ActivityStatusCode status, AuditOutcome outcome)
    {
        var run = $"run-traced-{success}";
        using var spans = new Spans();
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(run)).AsTask();
        var worker = await (await (await calls.DispatchedAsync()).StartAsync()).AnswerAsync(success);
        Assert.True((await worker.VerifyAsync(success ? null : [])).IsOk);
        Assert.True(worker.Complete().IsOk);
        await RemoteCalls.EndOf(call);

        Assert.Equal(status, Assert.Single(spans.Of(run)).Status);
        Assert.Equal([AuditOutcome.Allowed, outcome], calls.Audit.Records.Select(record => record.Outcome));
    }

    [Fact]
    public async Task Inventory_NobodyBetter_CountsDegradedWorkersAsAssignable()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        Assert.Contains("2 of 2", calls.Executor.Inventory()[^1].OperatorSummary, StringComparison.Ordinal);
        Assert.True(calls.Fleet.Heartbeat(calls.Worker(1).WorkerId, WorkerHealth.Degraded, calls.Now).IsOk);
        Assert.Contains("1 of 2", calls.Executor.Inventory()[^1].OperatorSummary, StringComparison.Ordinal);
        Assert.True(calls.Fleet.Quarantine(calls.Worker(2).WorkerId, null, calls.Now).IsOk);

        var workers = calls.Executor.Inventory()[^1];

        Assert.True(workers.Selectable);
        Assert.Contains("1 of 2", workers.OperatorSummary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inventory_EveryWorkerFailed_OffersNone()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        Assert.True(calls.Fleet.Quarantine(calls.Worker(1).WorkerId, null, calls.Now).IsOk);
        var request = Workers.Request();
        request = request with { Grant = request.Grant with { ExpiresAt = calls.Now.AddMilliseconds(60_000) } };
        Assert.True(calls.Fleet.Assign(calls.Worker(2).WorkerId, request, Workers.Lease(1), calls.Now).IsOk);
        Assert.True(calls.Fleet.RevokeLease(calls.Worker(2).WorkerId, null, null, calls.Now).IsOk);

        Assert.Contains("0 of 2", calls.Executor.Inventory()[^1].OperatorSummary, StringComparison.Ordinal);
        Assert.Equal(BackendState.Degraded, calls.Executor.Inventory()[^1].State);
    }

    [Fact]
    public void ToolCall_NothingSaid_GrantsNothing()
    {
        var call = new ToolCall { RunId = RunId.Parse("run-1"), ToolName = "x" };

        Assert.True(call.Workspace.ReadOnly && call.Workspace.AllowedPaths.Count == 0 && call.Posture.DemandsNetworkedWorker);
        Assert.True(call is { Idempotent: false, Egress: null, Approval: null });
    }

    [Theory]
    [InlineData(true, "operator.says-so")]
    [InlineData(false, "execution.cancelled")]
    public async Task ExecuteAsync_EndsWhileTheAuditTrailIsBehind_DispatchesNothing(bool revoked, string code)
    {
        await using var calls = await RemoteCalls.StartAsync();
        var audit = new HeldAuditSink();
        using var executor = new RemoteToolExecutor(calls.Fleet, calls.Nodes.Runtime, calls.Egress, new SeededEntropy(7), calls.Clock, audit);
        using var cancellation = new CancellationTokenSource();
        var call = executor.ExecuteAsync(RemoteCalls.Call() with { Egress = null }, cancellation.Token).AsTask();
        if (revoked)
        {
            Assert.True(calls.Fleet.RevokeLease(calls.Worker().WorkerId, null, "operator.says-so", calls.Now).IsOk);
        }
        else
        {
            await cancellation.CancelAsync();
        }

        audit.Release();

        Assert.Equal((code, WorkerState.Orphaned), ((await RemoteCalls.EndOf(call)).ReasonCode, calls.Worker().State));
        Assert.Empty(calls.Nodes.Runtime.ListRequests());
    }

    [Fact]
    public async Task ExecuteAsync_LeaseEndsWhileItsEgressOpens_SaysWhyItEnded()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var entropy = new HookedEntropy(
            EgressToken.Bytes, () => Assert.True(calls.Fleet.RevokeLease(calls.Worker().WorkerId, null, "operator.says-so", calls.Now).IsOk));
        using var executor = new RemoteToolExecutor(calls.Fleet, calls.Nodes.Runtime, calls.Egress, entropy, calls.Clock);

        Assert.Equal("operator.says-so", (await executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_EgressIsRefused_GivesItsTokenToNobody()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Egress.Dispose();
        RemoteToolExecutor? executor = null;
        var collected = new List<bool>();
        var worker = calls.Worker().WorkerId;
        var lease = default(LeaseId);
        using var hook = calls.Fleet.Subscribe(new LeaseEndHook(() => collected.Add(executor!.TryCollectEgressToken(worker, lease, out _))));
        using var made = executor = new RemoteToolExecutor(
            calls.Fleet, calls.Nodes.Runtime, calls.Egress, new HookedEntropy(EgressToken.Bytes, () => lease = calls.Worker().Lease!.LeaseId), calls.Clock);

        Assert.Equal("egress.session.gateway_stopped", (await executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        Assert.Equal([false], collected);
    }

    [Fact]
    public async Task ExecuteAsync_NodeRuntimeIsClosed_HoldsNoRun()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        await calls.Nodes.DisposeAsync();

        Assert.Equal("execution.internal_error", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        Assert.Equal("execution.internal_error", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_NoCall_IsToldWhichArgument()
    {
        await using var calls = await RemoteCalls.StartAsync();
        await Assert.ThrowsAsync<ArgumentNullException>("call", async () => await calls.Executor.ExecuteAsync(null!));
    }
}
