using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Domain.Execution;

/// <summary>What happens to a call between the lease it got and the lease's end: egress, dispatch, wait, and on any failure the way back to closed.</summary>
internal sealed class ToolAttempt(
    WorkerFleet fleet, NodeRuntime nodes, LeaseEgress egress, IEntropy entropy, TimeProvider clock, RemoteToolExecutorOptions options)
{
    internal static string Capability(ToolCall call) => "tool:" + call.ToolName;

    internal static LeaseRequest Request(ToolCall call, GrantId grant, string inputDigest, UnixTime now)
    {
        var ttlMs = (ulong)Math.Max(1, (long)call.Ttl.TotalMilliseconds);
        return new LeaseRequest
        {
            RunId = call.RunId,
            TtlMs = ttlMs,
            RequiredCapabilities = [Capability(call)],
            Workspace = call.Workspace,
            Transport = new ArtifactTransport
            {
                InputManifestDigest = inputDigest,
                OutputManifestDigest = "",
                LogStreamId = grant.ToString(),
                ScratchDirectoryId = grant.ToString(),
            },
            Grant = new RunGrant { GrantId = grant, RunId = call.RunId, ToolName = call.ToolName, ExpiresAt = now.AddMilliseconds(ttlMs) },
        };
    }

    /// <summary>Runs the attempt to its end.</summary>
    /// <param name="call">The call.</param>
    /// <param name="attempt">Its state.</param>
    /// <param name="lease">The lease it got.</param>
    /// <param name="announce">Tells the audit trail of the lease. While that takes no records, nothing is dispatched.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async ValueTask<LeasedCallEnd> RunAsync(ToolCall call, LeasedCall attempt, WorkerLease lease, Func<ValueTask> announce, CancellationToken cancellation)
    {
        var pump = default(ValueTask);
        LeasedCallEnd end;
        try
        {
            await announce().ConfigureAwait(false);
            if ((attempt.TryEnd(options.CleanUpWithin) ?? Prepare(call, attempt, lease)) is { } over)
            {
                end = over;
            }
            else
            {
                (end, pump) = await DispatchAsync(call, attempt, lease, cancellation).ConfigureAwait(false);
            }
        }
        catch (AuditSinkException)
        {
            end = LeasedCallEnd.Failed(ExecutionReason.AuditUnavailable, "The audit trail takes no records, and what cannot be audited is not done.");
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // INVARIANT: no way out of here leaves a lease, a token or a request behind, not even a broken store or audit trail.
            end = LeasedCallEnd.Failed(ExecutionReason.InternalError, $"The call could not go on: {broken.GetType().Name}.");
        }

        var requestEnds = end.Success || await FailClosedAsync(attempt, lease, end.ReasonCode).ConfigureAwait(false);
        egress.Close(lease.LeaseId, end.ReasonCode);
        attempt.Close(end.ReasonCode);
        if (requestEnds)
        {
            await pump.ConfigureAwait(false);
        }

        return end;
    }

    private LeasedCallEnd? Prepare(ToolCall call, LeasedCall attempt, WorkerLease lease)
    {
        if (call.Egress is not { } tool)
        {
            return null;
        }

        Span<byte> token = stackalloc byte[EgressToken.Bytes];
        entropy.Fill(token);
        var opened = egress.Open(lease, tool, token, UnixTime.Now(clock));
        attempt.EgressToken = opened.IsOk ? EgressToken.ToText(token) : null;
        token.Clear();
        // A lease that ended a moment ago can have no egress; why it ended is the reason then.
        return opened.IsOk ? null : attempt.TryEnd(options.CleanUpWithin) ?? LeasedCallEnd.Failed(opened.Refusal.Code, opened.Refusal.Detail);
    }

    private async ValueTask<(LeasedCallEnd End, ValueTask Pump)> DispatchAsync(ToolCall call, LeasedCall attempt, WorkerLease lease, CancellationToken cancellation)
    {
        if (!DeviceId.TryParse(lease.WorkerId.ToString(), out var device))
        {
            var stray = new ExecutionRefusal.WorkerNotADevice(lease.WorkerId);
            return (LeasedCallEnd.Failed(stray.Code, stray.Detail), default);
        }

        if (cancellation.IsCancellationRequested)
        {
            return (LeasedCallEnd.Failed(ExecutionReason.Cancelled, "The caller cancelled."), default);
        }

        var queued = await nodes.Enqueue(
            device, Capability(call), call.Input, call.MaxPayloadBytes, lease.ExpiresAt, lease.LeaseId, lease.FencingToken, CancellationToken.None).ConfigureAwait(false);
        if (!queued.TryGet(out var pending, out var refusal))
        {
            return (LeasedCallEnd.Failed(refusal.Code, refusal.Detail), default);
        }

        var now = UnixTime.Now(clock);
        attempt.RequestId = pending.Id;
        attempt.Timings = attempt.Timings with { DispatchedAt = now };
        var pump = attempt.PumpAsync(pending);
        attempt.PostAfter(options.StartWithin, new CallSignal.StartOverdue());
        attempt.PostAfter(TimeSpan.FromMilliseconds(lease.ExpiresAt.MillisecondsSince(now)), new CallSignal.Expired());
        using var cancelled = cancellation.UnsafeRegister(static state => ((LeasedCall)state!).Post(new CallSignal.Abandoned(ExecutionReason.Cancelled)), attempt);
        return (await attempt.RunAsync(options.CleanUpWithin).ConfigureAwait(false), pump);
    }

    /// <returns>Whether the request has ended or is sure to.</returns>
    private async ValueTask<bool> FailClosedAsync(LeasedCall attempt, WorkerLease lease, string reasonCode)
    {
        try
        {
            // Refused when the lease has ended by itself already; then the worker failed closed or completed, and there is nothing to revoke.
            _ = fleet.RevokeLease(lease.WorkerId, lease.LeaseId, reasonCode, UnixTime.Now(clock));
        }
        catch (FleetMarkStoreException)
        {
            // The worker is out; that it is could not be stored, and the fleet grants nothing until it can.
        }

        egress.Close(lease.LeaseId, reasonCode);
        if (attempt.RequestId.IsEmpty || attempt.Answer is not null)
        {
            return true;
        }

        try
        {
            await nodes.Cancel(attempt.RequestId).ConfigureAwait(false);
            return true;
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // The request stands until the store is back, and nobody can say how far the node came: it counts as begun.
            attempt.AssumeStarted();
            return false;
        }
    }
}
