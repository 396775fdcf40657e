namespace Palyra.Domain.Leasing;

/// <summary>What a worker says it removed after a run. The default reports nothing removed, which is no verified cleanup.</summary>
public readonly record struct CleanupReport(bool RemovedWorkspaceScope, bool RemovedArtifacts, bool RemovedLogs, string? FailureReason = null)
{
    /// <summary>Everything removed and no failure.</summary>
    public static readonly CleanupReport Verified = new(true, true, true);

    /// <summary>Whether workspace, artifacts and logs were all removed and there is no failure reason, not even an empty one.</summary>
    public bool IsVerified => RemovedWorkspaceScope && RemovedArtifacts && RemovedLogs && FailureReason is null;
}
