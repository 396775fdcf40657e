using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Execution;

/// <summary>
/// Runs tool calls on leased workers: choose the backend, lease, open egress, dispatch, wait for the result, compare digests, wait for the
/// cleanup. Whatever fails on the way ends fail-closed: lease revoked, egress closed, request cancelled, one reason code.
/// </summary>
/// <remarks>
/// Thread-safe. A call is tried on a second worker only when it is idempotent and no execution had begun. Every call ends: its lease's
/// expiry bounds it even when nobody answers.
/// </remarks>
public sealed class RemoteToolExecutor : ILeasedWork, IFleetObserver, IDisposable
{
    private static readonly ActivitySource Traces = new("Palyra");
    private readonly Lock _lock = new();
    private readonly Dictionary<LeaseId, LeasedCall> _calls = [];
    private readonly Dictionary<WorkerId, LeasedCall> _byWorker = [];
    private readonly Dictionary<RunId, UnixTime> _heldRuns = [];
    private readonly WorkerFleet _fleet;
    private readonly ToolAttempt _attempt;
    private readonly IEntropy _entropy;
    private readonly TimeProvider _clock;
    private readonly IAuditSink? _audit;
    private readonly RemoteToolExecutorOptions _options;
    private readonly IDisposable _subscription;
    private bool _stopping;

    /// <summary>An executor over these services; it follows the fleet from now on.</summary>
    public RemoteToolExecutor(
        WorkerFleet fleet, NodeRuntime nodes, LeaseEgress egress, IEntropy entropy, TimeProvider clock, IAuditSink? audit = null, RemoteToolExecutorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(egress);
        ArgumentNullException.ThrowIfNull(entropy);
        ArgumentNullException.ThrowIfNull(clock);
        _fleet = fleet;
        _entropy = entropy;
        _clock = clock;
        _audit = audit;
        _options = options ?? new RemoteToolExecutorOptions();
        _attempt = new ToolAttempt(fleet, nodes, egress, entropy, clock, _options);
        _subscription = fleet.Subscribe(this);
    }

    /// <summary>How many calls run on workers now.</summary>
    public int Running
    {
        get
        {
            lock (_lock)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>The backends as they are now, for the choice of one and for the operator.</summary>
    public IReadOnlyList<BackendRecord> Inventory()
    {
        var counts = _fleet.Snapshot();
        // A degraded worker takes work when no other can; the snapshot counts those that failed closed among the degraded.
        var assignable = counts.Available > 0 ? counts.Available : counts.Degraded - counts.Orphaned - counts.FailedClosed;
        return
        [
            .. _options.OtherBackends(),
            BackendRecord.NetworkedWorker(_options.NetworkedWorkersEnabled, assignable, counts.ActiveLeases, counts.Registered, _fleet.Policy.TrustedCapabilities),
        ];
    }

    /// <summary>Runs a call to its end. Refusals and failures are outcomes; nothing expected is thrown.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellation">Ends it: the lease is revoked and the outcome's code is <c>execution.cancelled</c>.</param>
    public async ValueTask<ToolOutcome> ExecuteAsync(ToolCall call, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var trace = Traces.StartActivity("palyra.tool_call", ActivityKind.Producer);
        trace?.SetTag("palyra.run_id", call.RunId.ToString()).SetTag("palyra.tool", call.ToolName);
        var outcome = await RecordAsync(call, await RunAsync(call, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        ExecutionMetrics.Ended(outcome, UnixTime.Now(_clock));
        trace?.SetTag("palyra.executor", outcome.Executor).SetTag("palyra.reason_code", outcome.ReasonCode);
        trace?.SetStatus(outcome.Success ? ActivityStatusCode.Ok : ActivityStatusCode.Error, outcome.ReasonCode);
        return outcome;
    }

    /// <summary>Takes no new calls from now on.</summary>
    public void StopTaking()
    {
        lock (_lock)
        {
            _stopping = true;
        }
    }

    /// <summary>Ends every running call with <c>execution.gateway_stopped</c>.</summary>
    public void Abandon()
    {
        StopTaking();
        lock (_lock)
        {
            foreach (var call in _calls.Values)
            {
                call.Post(new CallSignal.Abandoned(ExecutionReason.GatewayStopped));
            }
        }
    }

    /// <inheritdoc/>
    public bool TryCollectEgressToken(WorkerId worker, LeaseId lease, [NotNullWhen(true)] out string? token)
    {
        token = Find(lease) is { } call && call.Lease?.WorkerId == worker ? call.EgressToken : null;
        return token is not null;
    }

    /// <inheritdoc/>
    public async ValueTask<Result> VerifyOutputAsync(WorkerId worker, LeaseId lease, string? outputManifestSha256, CancellationToken cancellation)
    {
        if (Find(lease) is not { } call)
        {
            return Result.Ok;
        }

        if (call.Lease?.WorkerId != worker)
        {
            return new ExecutionRefusal.CallEnded(lease, ExecutionReason.ForeignWorker);
        }

        var reply = Channel.CreateBounded<Result>(1);
        return call.Post(new CallSignal.DigestReported(outputManifestSha256, reply.Writer))
            ? await reply.Reader.ReadAsync(cancellation).ConfigureAwait(false)
            : new ExecutionRefusal.CallEnded(lease, ExecutionReason.Ended);
    }

    /// <summary>Passes what happened to the call it concerns. Called by the fleet under its lock.</summary>
    void IFleetObserver.OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease)
    {
        if (endedLease is { } ended)
        {
            Find(ended)?.Post(new CallSignal.LeaseEnded(lifecycleEvent.ReasonCode));
        }
        else if (lifecycleEvent.State == WorkerState.Busy && lifecycleEvent.ReasonCode == WorkerReason.Started)
        {
            Working(lifecycleEvent.WorkerId)?.Post(new CallSignal.Started());
        }
    }

    /// <summary>Stops following the fleet and ends what runs.</summary>
    public void Dispose()
    {
        Abandon();
        _subscription.Dispose();
    }

    private async ValueTask<ToolOutcome> RunAsync(ToolCall call, CancellationToken cancellation)
    {
        var requestedAt = UnixTime.Now(_clock);
        var outcome = new ToolOutcome
        {
            ReasonCode = "",
            Backend = BackendDecider.Decide(new BackendRequest(call.Preference, call.Posture, [ToolAttempt.Capability(call)]), Inventory()),
            Executor = ExecutionBackend.None.Id(),
            InputManifestSha256 = LeasedCallDecider.Digest(call.Input),
            Timings = new ToolTimings { RequestedAt = requestedAt, EndedAt = requestedAt },
        };
        if (outcome.Backend.Denied)
        {
            return outcome with { ReasonCode = outcome.Backend.ReasonCode, Error = outcome.Backend.Reason };
        }

        if ((cancellation.IsCancellationRequested ? new ExecutionRefusal.Cancelled() : Refuse(call, outcome.Backend, requestedAt)) is { } refusal)
        {
            return outcome with { ReasonCode = refusal.Code, Error = refusal.Detail, Executor = outcome.Backend.Resolved.Id() };
        }

        var (first, mayRetry) = await AttemptAsync(call, outcome, cancellation).ConfigureAwait(false);
        if (!mayRetry || !call.Idempotent || cancellation.IsCancellationRequested)
        {
            return first;
        }

        // The first worker failed closed with its lease, so the fleet can only give another one.
        var (second, _) = await AttemptAsync(call, first, cancellation).ConfigureAwait(false);
        return second.Attempts > first.Attempts ? second : first;
    }

    private ExecutionRefusal? Refuse(ToolCall call, BackendResolution backend, UnixTime now)
    {
        if (backend.Resolved != ExecutionBackend.NetworkedWorker)
        {
            return new ExecutionRefusal.BackendNotRemote(backend.Resolved.Id());
        }

        if (backend.ApprovalRequired && call.Approval is null or { IsEmpty: true })
        {
            return new ExecutionRefusal.ApprovalRequired(backend.Resolved.Id());
        }

        if (call.RunId.IsEmpty || call.Ttl <= TimeSpan.Zero)
        {
            return new ExecutionRefusal.InvalidCall(call.RunId.IsEmpty ? "run_id" : "ttl");
        }

        lock (_lock)
        {
            if (_stopping)
            {
                return new ExecutionRefusal.GatewayStopping();
            }

            // What is over goes with the next lease that is lost.
            return _heldRuns.TryGetValue(call.RunId, out var until) && now < until ? new ExecutionRefusal.RunHeld(call.RunId) : null;
        }
    }

    /// <summary>One attempt: lease, egress, dispatch, wait, and on any failure the way back to closed.</summary>
    private async ValueTask<(ToolOutcome Outcome, bool MayRetry)> AttemptAsync(ToolCall call, ToolOutcome before, CancellationToken cancellation)
    {
        var now = UnixTime.Now(_clock);
        using var attempt = new LeasedCall(new LeaseId(_entropy.NextUlid(now)), _clock);
        lock (_lock)
        {
            _calls.Add(attempt.LeaseId, attempt);
        }

        var grant = GrantId.Parse(_entropy.NextUlid(now).ToString());
        try
        {
            if (!AssignNext(ToolAttempt.Request(call, grant, before.InputManifestSha256, now), attempt.LeaseId, now).TryGet(out var lease, out var refusal))
            {
                return (Ended(before, refusal), false);
            }

            lock (_lock)
            {
                attempt.Lease = lease;
                _byWorker[lease.WorkerId] = attempt;
            }

            attempt.Timings = before.Timings with { LeasedAt = now, DispatchedAt = null, StartedAt = null, ResultAt = null };
            var end = await _attempt.RunAsync(
                call, attempt, lease, () => AuditAsync("execution.leased", AuditOutcome.Allowed, call, "", lease.WorkerId.ToString(), lease.LeaseId), cancellation).ConfigureAwait(false);
            if (!end.Success && !end.LeaseCompleted && attempt.Started)
            {
                Hold(lease);
            }

            var ended = Ended(before, attempt, lease, end);
            return (ended, !end.Success && !attempt.Started && ended.ReasonCode is not (
                ExecutionReason.Cancelled or ExecutionReason.GatewayStopped or ExecutionReason.AuditUnavailable or WorkerReason.TtlExpired));
        }
        finally
        {
            lock (_lock)
            {
                _calls.Remove(attempt.LeaseId);
                // The worker may have been leased to another call the moment this one completed.
                if (attempt.Lease is { } held && _byWorker.TryGetValue(held.WorkerId, out var current) && current == attempt)
                {
                    _byWorker.Remove(held.WorkerId);
                }
            }
        }
    }

    private Result<WorkerLease> AssignNext(LeaseRequest request, LeaseId leaseId, UnixTime now)
    {
        try
        {
            return _fleet.AssignNext(request, leaseId, now);
        }
        catch (FleetMarkStoreException broken)
        {
            return new ExecutionRefusal.LedgerUnavailable(broken.InnerException!.GetType().Name);
        }
    }

    /// <summary>Lost is not stopped: the worker may be at it until its lease is over by its own clock.</summary>
    private void Hold(WorkerLease lease)
    {
        var now = UnixTime.Now(_clock);
        lock (_lock)
        {
            foreach (var (run, _) in _heldRuns.Where(held => held.Value <= now).ToArray())
            {
                _heldRuns.Remove(run);
            }

            _heldRuns[lease.RunId] = lease.ExpiresAt.Add(_options.AllowedClockSkew);
        }
    }

    private ToolOutcome Ended(ToolOutcome before, LeasedCall attempt, WorkerLease lease, LeasedCallEnd end) => before with
    {
        Success = end.Success,
        ReasonCode = end.ReasonCode,
        Error = end.Error,
        TimedOut = end.TimedOut,
        Output = end.Success ? attempt.Answer!.OutputJson : default,
        OutputManifestSha256 = end.Success ? LeasedCallDecider.Digest(attempt.Answer!.OutputJson) : null,
        Executor = $"{ExecutionBackend.NetworkedWorker.Id()}:{lease.WorkerId}",
        LeaseId = lease.LeaseId,
        GrantId = lease.Grant.GrantId,
        Attempts = before.Attempts + 1,
        Timings = attempt.Timings with { EndedAt = UnixTime.Now(_clock) },
    };

    private ToolOutcome Ended(ToolOutcome before, Refusal refusal) => before with
    {
        ReasonCode = refusal.Code,
        Error = refusal.Detail,
        Executor = ExecutionBackend.NetworkedWorker.Id(),
        Timings = before.Timings with { EndedAt = UnixTime.Now(_clock) },
    };

    /// <summary>Tells the audit trail how a call ended. Without a record a success is none: its output does not leave.</summary>
    private async ValueTask<ToolOutcome> RecordAsync(ToolCall call, ToolOutcome outcome)
    {
        try
        {
            var how = outcome.Success ? AuditOutcome.Allowed : outcome.Attempts == 0 ? AuditOutcome.Denied : AuditOutcome.Failed;
            await AuditAsync("execution.ended", how, call, outcome.ReasonCode, outcome.Executor, outcome.LeaseId).ConfigureAwait(false);
            return outcome;
        }
        catch (AuditSinkException)
        {
            return !outcome.Success ? outcome : outcome with
            {
                Success = false,
                ReasonCode = ExecutionReason.AuditUnavailable,
                Error = "The tool ran, but the audit trail took no record of its end: the output is withheld.",
                Output = default,
                OutputManifestSha256 = null,
            };
        }
    }

    private async ValueTask AuditAsync(string name, AuditOutcome outcome, ToolCall call, string reasonCode, string actor, LeaseId lease)
    {
        if (_audit is { } sink)
        {
            await sink.AppendAsync(new AuditRecord
            {
                At = UnixTime.Now(_clock),
                Event = name,
                Outcome = outcome,
                ReasonCode = reasonCode,
                Actor = actor,
                LeaseId = lease,
                RunId = call.RunId,
                Fields = [new("tool", call.ToolName)],
            }).ConfigureAwait(false);
        }
    }

    private LeasedCall? Find(LeaseId lease)
    {
        lock (_lock)
        {
            return _calls.GetValueOrDefault(lease);
        }
    }

    private LeasedCall? Working(WorkerId worker)
    {
        lock (_lock)
        {
            return _byWorker.GetValueOrDefault(worker);
        }
    }
}
