namespace Palyra.Domain.Execution;

/// <summary>Where a tool call runs, or that it does not.</summary>
/// <param name="Requested">What was preferred.</param>
/// <param name="Resolved">Where it runs; <see cref="ExecutionBackend.None"/> when it is denied.</param>
/// <param name="FallbackUsed">Whether the local sandbox stands in for what was preferred.</param>
/// <param name="ReasonCode">The stable code of the rule that decided.</param>
/// <param name="Reason">One sentence for the operator.</param>
public sealed record BackendResolution(
    BackendPreference Requested, ExecutionBackend Resolved, bool FallbackUsed, string ReasonCode, string Reason)
{
    /// <summary>Whether the call may not run anywhere.</summary>
    public bool Denied => Resolved == ExecutionBackend.None;

    /// <summary>Whether a person has to approve first: everywhere but in the local sandbox.</summary>
    public bool ApprovalRequired => Resolved != ExecutionBackend.LocalSandbox;
}
