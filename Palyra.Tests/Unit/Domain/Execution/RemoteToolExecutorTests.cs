using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Execution;

public sealed class RemoteToolExecutorTests
{
    [Fact]
    public async Task ExecuteAsync_AllStepsDone_SucceedsAndLeavesNothing()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await calls.DispatchedAsync();
        Assert.Equal("tool:palyra.echo", worker.Dispatch.Capability);
        Assert.Equal(43, worker.Token!.Length);
        await worker.StartAsync();
        await worker.AnswerAsync();
        Assert.True((await worker.VerifyAsync()).IsOk);
        Assert.True(worker.Complete().IsOk);

        var outcome = await RemoteCalls.EndOf(call);

        Assert.True(outcome.Success, outcome.ToString());
        Assert.Equal("{\"out\":2}", Encoding.UTF8.GetString(outcome.Output.Span));
        Assert.Equal((ExecutionReason.Completed, 1, $"networked_worker:{worker.Id}"), (outcome.ReasonCode, outcome.Attempts, outcome.Executor));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(RemoteCalls.WorkerSide.Output)), outcome.OutputManifestSha256);
        Assert.Equal(worker.Lease, outcome.LeaseId);
        Assert.Equal(WorkerState.Completed, calls.Worker().State);
        Assert.NotNull(outcome.Timings.StartedAt);
        Assert.Equal(["execution.leased", "execution.ended"], calls.Audit.Records.Select(record => record.Event));
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_CleanupReportedBeforeTheResultArrives_WaitsForIt()
    {
        await using var calls = await RemoteCalls.StartAsync();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await calls.DispatchedAsync()).StartAsync();
        var verified = worker.VerifyAsync();
        await worker.AnswerAsync();
        Assert.True((await verified).IsOk);
        Assert.True(worker.Complete().IsOk);

        Assert.True((await RemoteCalls.EndOf(call)).Success);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_Listened_CarriesItsTraceToTheWorker()
    {
        using var spans = new Spans();
        await using var calls = await RemoteCalls.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call("run-traced"), cancellation.Token).AsTask();
        var worker = await calls.DispatchedAsync();
        await cancellation.CancelAsync();
        await RemoteCalls.EndOf(call);

        var trace = Assert.Single(spans.Of("run-traced"));
        Assert.Equal(trace.Id, worker.Dispatch.Traceparent);
        Assert.Equal("execution.cancelled", trace.GetTagItem("palyra.reason_code"));
    }

    /// <summary>Sentence → what happens after the dispatch, reason code, whether time ran out, state of the worker.</summary>
    public static TheoryData<string, string, bool, WorkerState> Faults => new()
    {
        { "never started", "execution.dispatch_lapsed", true, WorkerState.Orphaned },
        { "stream lost after start", "execution.node_lost", false, WorkerState.Orphaned },
        { "lease expires after start", "worker.ttl_expired", true, WorkerState.Orphaned },
        { "lease revoked by operator", "operator.says-so", false, WorkerState.Orphaned },
        { "worker quarantined", "worker.quarantined_by_operator", false, WorkerState.Quarantined },
        { "heartbeat stale", "worker.heartbeat_stale", false, WorkerState.Orphaned },
        { "cleanup fails", "worker.cleanup_failed", false, WorkerState.Quarantined },
        { "cleanup never comes", "execution.cleanup_overdue", true, WorkerState.Orphaned },
        { "result tampered", "execution.output_digest_mismatch", false, WorkerState.Orphaned },
        { "completed without a digest", "execution.completion_unverified", false, WorkerState.Completed },
        { "completed without a result", "execution.completion_unverified", false, WorkerState.Completed },
        { "tool fails and cleans up", "execution.tool_failed", false, WorkerState.Completed },
        { "caller cancels before start", "execution.cancelled", false, WorkerState.Orphaned },
        { "caller cancels after start", "execution.cancelled", false, WorkerState.Orphaned },
        { "gateway stops", "execution.gateway_stopped", false, WorkerState.Orphaned },
        { "device revoked", "execution.node_lost", false, WorkerState.Orphaned },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task ExecuteAsync_Fault_EndsClosedWithOneReason(string fault, string code, bool timedOut, WorkerState state)
    {
        await using var calls = await RemoteCalls.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(), cancellation.Token).AsTask();
        var worker = await calls.DispatchedAsync();
        var token = worker.Token!;
        await PlayAsync(fault, calls, worker, cancellation);

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((false, code, timedOut), (outcome.Success, outcome.ReasonCode, outcome.TimedOut));
        Assert.True(outcome.Output.IsEmpty && outcome.OutputManifestSha256 is null && outcome.Error is not null);
        Assert.Equal(1, outcome.Attempts);
        Assert.Equal(state, calls.Worker().State);
        Assert.False(calls.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token), calls.Now).IsOk);
        Assert.Null(worker.Token);
        calls.AssertNothingLeft();
    }

    private static async Task PlayAsync(string fault, RemoteCalls calls, RemoteCalls.WorkerSide worker, CancellationTokenSource cancellation)
    {
        switch (fault)
        {
            case "never started":
                calls.Clock.Advance(TimeSpan.FromSeconds(31));
                break;
            case "stream lost after start":
                (await worker.StartAsync()).Disconnect();
                break;
            case "lease expires after start":
                await worker.StartAsync();
                calls.Clock.Advance(TimeSpan.FromSeconds(61));
                break;
            case "lease revoked by operator":
                Assert.True(calls.Fleet.RevokeLease((await worker.StartAsync()).Id, null, "operator.says-so", calls.Now).IsOk);
                break;
            case "worker quarantined":
                Assert.True(calls.Fleet.Quarantine((await worker.StartAsync()).Id, null, calls.Now).IsOk);
                break;
            case "heartbeat stale":
                await worker.StartAsync();
                calls.Fleet.SetPolicy(Workers.Policy with { HeartbeatTimeoutMs = 1 });
                Assert.Single(calls.Fleet.MarkStale(calls.Now.AddMilliseconds(2L)));
                break;
            case "cleanup fails":
                Assert.True((await (await (await worker.StartAsync()).AnswerAsync()).VerifyAsync()).IsOk);
                Assert.True(worker.Complete(CleanupReport.Verified with { FailureReason = "disk busy" }).IsOk);
                break;
            case "cleanup never comes":
                Assert.True((await (await (await worker.StartAsync()).AnswerAsync()).VerifyAsync()).IsOk);
                calls.Clock.Advance(TimeSpan.FromSeconds(31));
                break;
            case "result tampered":
                var verdict = await (await (await worker.StartAsync()).AnswerAsync()).VerifyAsync("{\"out\":3}"u8.ToArray());
                Assert.Equal("execution.output_digest_mismatch", verdict.Refusal!.Code);
                break;
            case "completed without a digest":
                await (await worker.StartAsync()).AnswerAsync();
                Assert.True(worker.Complete().IsOk);
                break;
            case "completed without a result":
                Assert.True((await worker.StartAsync()).Complete().IsOk);
                break;
            case "tool fails and cleans up":
                Assert.True((await (await (await worker.StartAsync()).AnswerAsync(success: false)).VerifyAsync([])).IsOk);
                Assert.True(worker.Complete().IsOk);
                break;
            case "caller cancels before start":
                await cancellation.CancelAsync();
                break;
            case "caller cancels after start":
                await worker.StartAsync();
                await cancellation.CancelAsync();
                break;
            case "gateway stops":
                await worker.StartAsync();
                calls.Executor.Abandon();
                break;
            case "device revoked":
                await worker.StartAsync();
                await calls.Nodes.Runtime.RejectDevice(NodeRuntimes.Device(1));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault.");
        }
    }

    [Theory]
    [InlineData(true, true, false, true, 2)]
    [InlineData(false, true, false, false, 1)]
    [InlineData(true, false, false, false, 1)]
    [InlineData(true, true, true, false, 1)]
    public async Task ExecuteAsync_FirstWorkerDoesNotAnswer_RetriesOnlyWhenHarmless(bool idempotent, bool another, bool started, bool succeeds, int attempts)
    {
        await using var calls = await RemoteCalls.StartAsync(another ? 2 : 1);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(idempotent: idempotent)).AsTask();
        var first = await calls.DispatchedAsync(1);
        if (started)
        {
            await first.StartAsync();
        }

        Assert.True(calls.Fleet.RevokeLease(first.Id, first.Lease, null, calls.Now).IsOk);
        if (succeeds)
        {
            var second = await (await calls.DispatchedAsync(2)).StartAsync();
            Assert.True((await (await second.AnswerAsync()).VerifyAsync()).IsOk);
            Assert.True(second.Complete().IsOk);
        }

        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((succeeds, attempts), (outcome.Success, outcome.Attempts));
        Assert.Equal(WorkerState.Orphaned, calls.Worker(1).State);
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_SeveralWorkersLostAfterTheyBegan_HoldEachOfTheirRuns()
    {
        await using var calls = await RemoteCalls.StartAsync(3);
        for (var number = 1; number <= 2; number++)
        {
            var call = calls.Executor.ExecuteAsync(RemoteCalls.Call($"run-{number}")).AsTask();
            var worker = await (await calls.DispatchedAsync(number)).StartAsync();
            Assert.True(calls.Fleet.RevokeLease(worker.Id, null, null, calls.Now).IsOk);
            await RemoteCalls.EndOf(call);
        }

        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call("run-1"))).ReasonCode);
        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call("run-2"))).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_WorkerLostAfterItBegan_HoldsTheRunUntilItsLeaseIsOverForSure()
    {
        await using var calls = await RemoteCalls.StartAsync(2);
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call()).AsTask();
        var worker = await (await calls.DispatchedAsync()).StartAsync();
        Assert.True(calls.Fleet.RevokeLease(worker.Id, null, null, calls.Now).IsOk);
        await RemoteCalls.EndOf(call);

        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        calls.Clock.Advance(TimeSpan.FromMilliseconds(64_999));
        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        calls.Clock.Advance(TimeSpan.FromMilliseconds(1));
        using var cancellation = new CancellationTokenSource();
        var again = calls.Executor.ExecuteAsync(RemoteCalls.Call(), cancellation.Token).AsTask();
        await calls.DispatchedAsync(2);
        await cancellation.CancelAsync();
        Assert.Equal("execution.cancelled", (await RemoteCalls.EndOf(again)).ReasonCode);
    }

    [Fact]
    public async Task ExecuteAsync_Denied_NeverLeases()
    {
        await using var calls = await RemoteCalls.StartAsync();

        Assert.Equal("execution.approval_required", (await calls.Executor.ExecuteAsync(RemoteCalls.Call() with { Approval = null })).ReasonCode);
        Assert.Equal("backend.policy.unsatisfied.networked_worker", (await calls.Executor.ExecuteAsync(RemoteCalls.Call() with { ToolName = "other" })).ReasonCode);
        Assert.Equal("execution.invalid_call", (await calls.Executor.ExecuteAsync(RemoteCalls.Call() with { RunId = default })).ReasonCode);
        calls.Executor.StopTaking();
        Assert.Equal("execution.gateway_stopping", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
        Assert.Equal(WorkerState.Registered, calls.Worker().State);
    }

    [Fact]
    public async Task ExecuteAsync_NoWorker_IsDeniedAndNeverFallsBack()
    {
        await using var calls = await RemoteCalls.StartAsync(0, new RemoteToolExecutorOptions
        {
            OtherBackends = () => [BackendRecord.LocalSandbox(true, IsolationTier.Container, ["tool:palyra.echo"])],
        });

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("backend.unavailable.networked_worker", 0), (outcome.ReasonCode, outcome.Attempts));
    }

    [Fact]
    public async Task ExecuteAsync_ResolvesToLocal_LeavesItToTheHost()
    {
        await using var calls = await RemoteCalls.StartAsync(1, new RemoteToolExecutorOptions
        {
            OtherBackends = () => [BackendRecord.LocalSandbox(true, IsolationTier.Container, ["tool:palyra.echo"])],
        });

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call() with { Preference = BackendPreference.Automatic, Posture = ToolPosture.Harmless() });

        Assert.Equal(("execution.backend_not_remote", ExecutionBackend.LocalSandbox), (outcome.ReasonCode, outcome.Backend.Resolved));
    }

    [Fact]
    public async Task ExecuteAsync_NodeLacksTheCapability_RevokesAndSaysSo()
    {
        await using var calls = await RemoteCalls.StartAsync(0);
        await calls.WorkerAsync(1, "something.else");

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("capability_unavailable", WorkerState.Orphaned), (outcome.ReasonCode, calls.Worker().State));
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_MarksCannotBeStored_GrantsNothing()
    {
        var marks = new MemoryMarkStore { IsBroken = true };
        await using var calls = await RemoteCalls.StartAsync(marks: marks);

        var refused = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("execution.ledger_unavailable", WorkerState.Registered), (refused.ReasonCode, calls.Worker().State));
        calls.AssertNothingLeft();
    }

    [Fact]
    public async Task ExecuteAsync_MarkOfTheLostWorkerCannotBeStored_EndsClosedAllTheSame()
    {
        var marks = new MemoryMarkStore();
        await using var calls = await RemoteCalls.StartAsync(marks: marks);
        using var cancellation = new CancellationTokenSource();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call(), cancellation.Token).AsTask();
        await (await calls.DispatchedAsync()).StartAsync();
        marks.IsBroken = true;

        await cancellation.CancelAsync();
        var outcome = await RemoteCalls.EndOf(call);

        Assert.Equal((ExecutionReason.Cancelled, WorkerState.Orphaned), (outcome.ReasonCode, calls.Worker().State));
        calls.AssertNothingLeft();
        marks.IsBroken = false;
        await calls.WorkerAsync(2);
        Assert.Equal("execution.run_held", (await calls.Executor.ExecuteAsync(RemoteCalls.Call())).ReasonCode);
    }

    [Fact]
    public async Task TryCollectEgressToken_ForeignWorkerOrNoEgress_GivesNothing()
    {
        await using var calls = await RemoteCalls.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = calls.Executor.ExecuteAsync(RemoteCalls.Call() with { Egress = null }, cancellation.Token).AsTask();
        var worker = await calls.DispatchedAsync();

        Assert.Null(worker.Token);
        Assert.False(calls.Executor.TryCollectEgressToken(WorkerId.Parse("other"), worker.Lease, out _));
        Assert.False((await calls.Executor.VerifyOutputAsync(WorkerId.Parse("other"), worker.Lease, null, default)).IsOk);
        Assert.Equal(0, calls.Egress.Count);
        await cancellation.CancelAsync();
        await RemoteCalls.EndOf(call);
    }

    [Fact]
    public async Task ExecuteAsync_StoreBreaks_EndsClosed()
    {
        await using var calls = await RemoteCalls.StartAsync();
        calls.Nodes.Store.IsBroken = true;

        var outcome = await calls.Executor.ExecuteAsync(RemoteCalls.Call());

        Assert.Equal(("execution.internal_error", WorkerState.Orphaned), (outcome.ReasonCode, calls.Worker().State));
        Assert.Equal(0, calls.Egress.Count);
    }
}
