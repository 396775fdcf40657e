using System.Diagnostics;
using System.Text;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

/// <summary>How far a call has come when something goes wrong: the steps of a tool call.</summary>
public enum Step
{
    /// <summary>1: the backend is to be chosen; the call has not begun.</summary>
    Resolve,

    /// <summary>2: leased, with no egress yet.</summary>
    Leased,

    /// <summary>3 and 4: egress is open and the request was pushed to the worker.</summary>
    Dispatched,

    /// <summary>5: the worker works, with a tunnel through the proxy.</summary>
    Started,

    /// <summary>5: the result has arrived; its digest is not compared yet.</summary>
    Answered,

    /// <summary>6 and 7: digests equal, cleaned up, the lease completed.</summary>
    Completed,
}

/// <summary>What goes wrong.</summary>
public enum Fault
{
    /// <summary>The worker's process is killed: its connections are reset.</summary>
    Kill,

    /// <summary>Its network is cut: silence.</summary>
    Cut,

    /// <summary>The lease, of 20 s, runs out while the worker does nothing more. Before there is one: a lease of no time is asked for.</summary>
    Expire,

    /// <summary>The device is revoked.</summary>
    Revoke,

    /// <summary>The worker reports that it could not clean up. Before there is a lease it names one that never was.</summary>
    FailCleanup,

    /// <summary>The digest of the output is not that of the output. Before there is a request, a result is forged for one that nobody made.</summary>
    Tamper,

    /// <summary>The caller cancels.</summary>
    Cancel,

    /// <summary>The gateway stops, with no time for what runs.</summary>
    Stop,
}

/// <summary>
/// Every step × everything that goes wrong there, against a whole gateway. Whatever happens, the call ends, with one reason, and beginning and end are events with the run's id; no egress session, no tunnel, no
/// token and no request outlives it. A worker that does nothing wrong goes on with its work after the fault.
/// </summary>
[Trait("Category", "Slow")]
public sealed class FaultWalkTests
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const string Completed = ExecutionReason.Completed;
    private const string Lapsed = "execution.dispatch_lapsed";
    private const string Expired = "worker.ttl_expired";
    private const string Revoked = "worker.device_revoked";
    private const string BadCleanup = "worker.cleanup_failed";
    private const string BadDigest = "execution.output_digest_mismatch";
    private const string Cancelled = "execution.cancelled";
    private const string Stopped = "execution.gateway_stopped";
    private const string NoCleanup = "execution.cleanup_overdue";

    /// <summary>Step, fault → reason code, whether time ran out, state of the worker, seconds that have to pass.</summary>
    public static TheoryData<Step, Fault, string, bool, WorkerState, int> Table => new()
    {
        { Step.Resolve, Fault.Kill, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Resolve, Fault.Cut, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Resolve, Fault.Expire, "execution.invalid_call", false, WorkerState.Registered, 0 },
        { Step.Resolve, Fault.Revoke, "backend.unavailable.networked_worker", false, WorkerState.Quarantined, 0 },
        { Step.Resolve, Fault.FailCleanup, Completed, false, WorkerState.Completed, 0 },
        { Step.Resolve, Fault.Tamper, Completed, false, WorkerState.Completed, 0 },
        { Step.Resolve, Fault.Cancel, Cancelled, false, WorkerState.Registered, 0 },
        { Step.Resolve, Fault.Stop, "execution.gateway_stopping", false, WorkerState.Registered, 0 },

        { Step.Leased, Fault.Kill, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Leased, Fault.Cut, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Leased, Fault.Expire, Expired, true, WorkerState.Orphaned, 21 },
        { Step.Leased, Fault.Revoke, Revoked, false, WorkerState.Quarantined, 0 },
        { Step.Leased, Fault.FailCleanup, BadCleanup, false, WorkerState.Quarantined, 0 },
        { Step.Leased, Fault.Tamper, Completed, false, WorkerState.Completed, 0 },
        { Step.Leased, Fault.Cancel, Cancelled, false, WorkerState.Orphaned, 0 },
        { Step.Leased, Fault.Stop, Stopped, false, WorkerState.Orphaned, 0 },

        { Step.Dispatched, Fault.Kill, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Dispatched, Fault.Cut, Lapsed, true, WorkerState.Orphaned, 31 },
        { Step.Dispatched, Fault.Expire, Expired, true, WorkerState.Orphaned, 21 },
        { Step.Dispatched, Fault.Revoke, Revoked, false, WorkerState.Quarantined, 0 },
        { Step.Dispatched, Fault.FailCleanup, BadCleanup, false, WorkerState.Quarantined, 0 },
        { Step.Dispatched, Fault.Tamper, BadDigest, false, WorkerState.Orphaned, 0 },
        { Step.Dispatched, Fault.Cancel, Cancelled, false, WorkerState.Orphaned, 0 },
        { Step.Dispatched, Fault.Stop, Stopped, false, WorkerState.Orphaned, 0 },

        { Step.Started, Fault.Kill, "execution.node_lost", false, WorkerState.Orphaned, 0 },
        { Step.Started, Fault.Cut, "worker.heartbeat_stale", false, WorkerState.Orphaned, 46 },
        { Step.Started, Fault.Expire, Expired, true, WorkerState.Orphaned, 21 },
        { Step.Started, Fault.Revoke, Revoked, false, WorkerState.Quarantined, 0 },
        { Step.Started, Fault.FailCleanup, BadCleanup, false, WorkerState.Quarantined, 0 },
        { Step.Started, Fault.Tamper, BadDigest, false, WorkerState.Orphaned, 0 },
        { Step.Started, Fault.Cancel, Cancelled, false, WorkerState.Orphaned, 0 },
        { Step.Started, Fault.Stop, Stopped, false, WorkerState.Orphaned, 0 },

        { Step.Answered, Fault.Kill, NoCleanup, true, WorkerState.Orphaned, 31 },
        { Step.Answered, Fault.Cut, NoCleanup, true, WorkerState.Orphaned, 31 },
        { Step.Answered, Fault.Expire, Expired, true, WorkerState.Orphaned, 21 },
        { Step.Answered, Fault.Revoke, Revoked, false, WorkerState.Quarantined, 0 },
        { Step.Answered, Fault.FailCleanup, BadCleanup, false, WorkerState.Quarantined, 0 },
        { Step.Answered, Fault.Tamper, BadDigest, false, WorkerState.Orphaned, 0 },
        { Step.Answered, Fault.Cancel, Cancelled, false, WorkerState.Orphaned, 0 },
        { Step.Answered, Fault.Stop, Stopped, false, WorkerState.Orphaned, 0 },

        { Step.Completed, Fault.Kill, Completed, false, WorkerState.Completed, 0 },
        { Step.Completed, Fault.Cut, Completed, false, WorkerState.Completed, 0 },
        { Step.Completed, Fault.Expire, Completed, false, WorkerState.Completed, 21 },
        { Step.Completed, Fault.Revoke, Completed, false, WorkerState.Quarantined, 0 },
        { Step.Completed, Fault.FailCleanup, Completed, false, WorkerState.Completed, 0 },
        { Step.Completed, Fault.Tamper, Completed, false, WorkerState.Completed, 0 },
        { Step.Completed, Fault.Cancel, Completed, false, WorkerState.Completed, 0 },
        { Step.Completed, Fault.Stop, Completed, false, WorkerState.Completed, 0 },
    };

    [Fact]
    public void Table_HoldsEveryFaultAtEveryStep() => Assert.Equal(
        from step in Enum.GetValues<Step>() from fault in Enum.GetValues<Fault>() select (step, fault), Table.Select(row => ((Step)row[0], (Fault)row[1])));

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Call_FaultAtAStep_EndsClosedWithOneReason(Step step, Fault fault, string reason, bool timedOut, WorkerState state, int seconds)
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        using var cancellation = new CancellationTokenSource();
        var walk = new Walk(gateway, worker, fault, cancellation);

        var outcome = await walk.RunAsync(step, seconds);

        Assert.Equal((reason, reason == Completed, timedOut), (outcome.ReasonCode, outcome.Success, outcome.TimedOut));
        Assert.Equal(outcome.Success, outcome is { Output.IsEmpty: false, OutputManifestSha256: not null, Error: null });
        await Wait.UntilAsync(() => gateway.Running.Proxy.OpenTunnels == 0);
        Assert.True(gateway.Services.Fleet.TryGet(worker.Id, out var record));
        Assert.Equal((state, null), (record.State, record.Lease));
        var told = gateway.Services.Fleet.RecentEvents().Where(one => one.RunId == RunId.Parse(FaultGateway.Run)).ToArray();
        Assert.Equal(outcome.Attempts > 0, told.Any(one => one.ReasonCode == WorkerReason.Assigned));
        Assert.Equal(outcome.Attempts > 0, told.Any(one => one.State is WorkerState.Completed or WorkerState.Orphaned or WorkerState.Quarantined));
        Assert.Equal((0, 0), (gateway.Running.LeaseEgress.Count, gateway.Services.Executor.Running));
        Assert.False(walk.Token is { } token && gateway.Running.LeaseEgress.TryAuthorize(Encoding.ASCII.GetBytes(token), gateway.Now).IsOk);
        await Wait.UntilAsync(() => gateway.Services.Nodes.ListRequests().All(request => request.IsFinal));
    }

    /// <summary>One call, from its first step to the one where the fault comes, and on from there.</summary>
    private sealed class Walk(FaultGateway gateway, FaultWorker worker, Fault fault, CancellationTokenSource cancellation)
    {
        private static readonly LeaseReference NoLease = new() { LeaseId = new() { Ulid = "01ARZ3NDEKTSV4RRFFQ69G5A01" }, FencingToken = 1 };
        // A timer may be set a moment after the first second has passed; no other limit is that near.
        private const int Slack = 8;
        private Task _report = Task.CompletedTask;
        private bool _hasReported;
        private bool _tampers;

        /// <summary>The egress token of the call, as far as it came to have one.</summary>
        internal string? Token { get; private set; }

        internal async Task<ToolOutcome> RunAsync(Step step, int seconds)
        {
            if (step == Step.Resolve)
            {
                await BreakAsync(null, NoLease);
            }

            if (step == Step.Leased)
            {
                gateway.Audit.Hold();
            }

            var ttl = fault == Fault.Expire && step == Step.Resolve ? TimeSpan.Zero : TimeSpan.FromSeconds(fault == Fault.Expire ? 20 : 60);
            var call = gateway.CallAsync(ttl, cancellation.Token);
            if (step == Step.Leased)
            {
                await gateway.Audit.Leased.WaitAsync(Patience);
                await BreakAsync(null, HeldLease());
                if (fault == Fault.Expire)
                {
                    await PassAsync(seconds, () => !gateway.Services.Fleet.TryGet(worker.Id, out var record) || record.Lease is null);
                }

                gateway.Audit.Release();
            }

            if (step > Step.Leased || WorksOn(step))
            {
                await WorkAsync(step, call);
            }

            if (seconds > 0 && fault != Fault.Expire)
            {
                // What is to lapse has to have been sent first.
                await Wait.UntilAsync(() => gateway.Services.Nodes.ListRequests().Count > 0);
            }

            await PassAsync(seconds + Slack, () => seconds == 0 || (call.IsCompleted && step != Step.Completed));
            await _report.WaitAsync(Patience);
            return await call.WaitAsync(Patience);
        }

        /// <summary>Whether the worker has work to do although the fault came before it was told of any.</summary>
        private bool WorksOn(Step step) => fault is Fault.Tamper || fault == Fault.FailCleanup && step <= Step.Leased;

        private async Task WorkAsync(Step step, Task<ToolOutcome> call)
        {
            var dispatch = await worker.DispatchedAsync();
            Token = gateway.TokenOf(worker.Id);
            var lease = FaultWorker.Lease(dispatch);
            if (step == Step.Dispatched && await BreakAsync(dispatch, lease))
            {
                return;
            }

            if (!(step == Step.Dispatched && fault == Fault.Tamper))
            {
                await worker.StartAsync(dispatch);
                if (step == Step.Started && await BreakAsync(dispatch, lease))
                {
                    return;
                }
            }

            await worker.AnswerAsync(dispatch.RequestId.Ulid);
            await Wait.UntilAsync(() => gateway.Services.Nodes.TryFindRequest(CapabilityRequestId.Parse(dispatch.RequestId.Ulid), out var request) && request.IsFinal);
            if (step == Step.Answered && await BreakAsync(dispatch, lease))
            {
                return;
            }

            if (!_hasReported)
            {
                _report = worker.ReportAsync(lease, tampered: _tampers);
            }

            if (step == Step.Completed)
            {
                await _report.WaitAsync(Patience);
                await call.WaitAsync(Patience);
                await BreakAsync(dispatch, lease);
                _report = _tampers ? worker.ReportAsync(lease, tampered: true) : _report;
            }
        }

        /// <summary>Makes the fault happen.</summary>
        /// <returns>Whether the worker does nothing more for this call.</returns>
        private async Task<bool> BreakAsync(NodeCapabilityDispatch? dispatch, LeaseReference lease)
        {
            switch (fault)
            {
                case Fault.Kill:
                    worker.Kill();
                    return true;
                case Fault.Cut:
                    worker.CutNetwork();
                    return true;
                case Fault.Expire:
                    return true;
                case Fault.Revoke:
                    Assert.True(gateway.Services.Identity.Revoke(worker.Device, "stolen", gateway.Now).IsOk);
                    return true;
                case Fault.FailCleanup:
                    _report = worker.ReportAsync(lease, cleaned: false);
                    _hasReported = lease != NoLease;
                    await (_hasReported ? Task.CompletedTask : _report.WaitAsync(Patience));
                    return false;
                case Fault.Tamper when dispatch is null:
                    await worker.AnswerAsync("01ARZ3NDEKTSV4RRFFQ69G5A02");
                    return false;
                case Fault.Tamper:
                    _tampers = true;
                    return false;
                case Fault.Cancel:
                    await cancellation.CancelAsync();
                    return true;
                case Fault.Stop when lease == NoLease:
                    gateway.Services.Executor.StopTaking();
                    return true;
                case Fault.Stop:
                    await gateway.Running.StopAsync();
                    return true;
                default:
                    throw new UnreachableException();
            }
        }

        private LeaseReference HeldLease()
        {
            Assert.True(gateway.Services.Fleet.TryGet(worker.Id, out var record));
            return new LeaseReference { LeaseId = new() { Ulid = record.Lease!.LeaseId.ToString() }, FencingToken = record.Lease.FencingToken };
        }

        /// <summary>Lets time pass, second by second, until it has passed or something is so. Each second everybody has a moment to hear of it.</summary>
        private Task PassAsync(int seconds, Func<bool> isSo) =>
            gateway.Clock.AdvanceAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(seconds), () => Task.FromResult(isSo()));
    }
}
