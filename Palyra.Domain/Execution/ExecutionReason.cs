namespace Palyra.Domain.Execution;

/// <summary>
/// Why a tool call that had a lease ended. Besides these a call ends with the code of an <see cref="ExecutionRefusal"/> before it has one, and with that
/// of the worker event which took its lease away.
/// </summary>
public static class ExecutionReason
{
    /// <summary>Executed, output digest equal on both sides, cleanup verified, lease completed, egress closed.</summary>
    public const string Completed = "execution.completed";

    /// <summary>The audit trail took no record of the call: it was not dispatched, or its output was withheld.</summary>
    public const string AuditUnavailable = "execution.audit_unavailable";

    /// <summary>The caller cancelled.</summary>
    public const string Cancelled = "execution.cancelled";

    /// <summary>The worker did not report its cleanup in time.</summary>
    public const string CleanupOverdue = "execution.cleanup_overdue";

    /// <summary>The lease was completed before result and digest were compared.</summary>
    public const string CompletionUnverified = "execution.completion_unverified";

    /// <summary>The worker did not begin in time.</summary>
    public const string DispatchLapsed = "execution.dispatch_lapsed";

    /// <summary>The node refused the request.</summary>
    public const string DispatchRejected = "execution.dispatch_rejected";

    /// <summary>The call is over: an answer to whoever still speaks of it.</summary>
    public const string Ended = "execution.ended";

    /// <summary>An answer to a worker that speaks of another worker's call.</summary>
    public const string ForeignWorker = "execution.foreign_worker";

    /// <summary>The gateway stopped while the call ran.</summary>
    public const string GatewayStopped = "execution.gateway_stopped";

    /// <summary>Something unforeseen, such as a store that broke.</summary>
    public const string InternalError = "execution.internal_error";

    /// <summary>The node went away with the call.</summary>
    public const string NodeLost = "execution.node_lost";

    /// <summary>The output that arrived is not the output that the worker sent.</summary>
    public const string OutputDigestMismatch = "execution.output_digest_mismatch";

    /// <summary>The worker reported its cleanup without a result.</summary>
    public const string ResultMissing = "execution.result_missing";

    /// <summary>The tool answered that it failed; the cleanup was verified.</summary>
    public const string ToolFailed = "execution.tool_failed";
}
