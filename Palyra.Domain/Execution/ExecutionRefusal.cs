using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Execution;

/// <summary>Why a tool call was not run, or did not go on.</summary>
public abstract record ExecutionRefusal : Refusal
{
    private ExecutionRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary><c>execution.gateway_stopping</c>: no new work is taken.</summary>
    public sealed record GatewayStopping() : ExecutionRefusal("execution.gateway_stopping", "", "The gateway is stopping and takes no new work.");

    /// <summary><c>execution.cancelled</c>: the caller had cancelled before anything was leased.</summary>
    public sealed record Cancelled() : ExecutionRefusal(ExecutionReason.Cancelled, "", "The caller cancelled before a worker was leased.");

    /// <summary><c>execution.approval_required</c>: the backend needs a person's approval and the call carries none.</summary>
    public sealed record ApprovalRequired(string Backend)
        : ExecutionRefusal("execution.approval_required", Backend, $"Running on {Backend} needs the approval of a person.");

    /// <summary><c>execution.backend_not_remote</c>: the call resolved to a backend that this executor does not serve.</summary>
    public sealed record BackendNotRemote(string Backend)
        : ExecutionRefusal("execution.backend_not_remote", Backend, $"The call resolved to {Backend}, which the embedding host runs itself.");

    /// <summary><c>execution.run_held</c>: a worker was lost while it worked for this run and may still be at it.</summary>
    public sealed record RunHeld(RunId Run)
        : ExecutionRefusal("execution.run_held", Run.ToString(), "A lost worker may still work for this run; wait until its lease is over.");

    /// <summary><c>execution.invalid_call</c>: a field of the call is missing or out of range.</summary>
    public sealed record InvalidCall(string Field) : ExecutionRefusal("execution.invalid_call", Field, $"The call's {Field} is missing or out of range.");

    /// <summary><c>execution.worker_not_a_device</c>: the leased worker has no device to dispatch to.</summary>
    public sealed record WorkerNotADevice(WorkerId Worker)
        : ExecutionRefusal("execution.worker_not_a_device", Worker.ToString(), "The leased worker has no device that work could be sent to.");

    /// <summary><c>execution.ledger_unavailable</c>: the fleet cannot store what it must never forget, so it grants nothing.</summary>
    public sealed record LedgerUnavailable(string Cause) : ExecutionRefusal(
        "execution.ledger_unavailable", "", $"The fleet cannot store its marks ({Cause}) and grants nothing until it can.");

    /// <summary>The call that ran on this lease is over, for the reason in the code.</summary>
    public sealed record CallEnded(LeaseId Lease, string ReasonCode)
        : ExecutionRefusal(ReasonCode, Lease.ToString(), "The tool call on this lease has ended.");
}
