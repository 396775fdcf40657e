using Palyra.Domain.Results;

namespace Palyra.Domain.Fleet;

/// <summary>
/// What a decider makes of one act on one worker: the record from now on, what to publish, and the answer. The default value refuses and changes nothing.
/// </summary>
public readonly struct WorkerDecision
{
    private readonly Refusal? _refusal;

    private WorkerDecision(bool isAccepted, Refusal? refusal, WorkerRecord? next)
    {
        IsAccepted = isAccepted;
        _refusal = refusal;
        Next = next;
    }

    /// <summary>Whether the act itself was accepted.</summary>
    public bool IsAccepted { get; }

    /// <summary>Why not; <see langword="null"/> exactly when it was accepted.</summary>
    public Refusal? Refusal => IsAccepted ? null : _refusal ?? Uninitialized.Instance;

    /// <summary>The record from now on, also after a refusal; <see langword="null"/> when the worker is absent.</summary>
    public WorkerRecord? Next { get; }

    /// <summary>The record as it stood when the worker left the ledger, an expired lease ended; <see langword="null"/> unless it did leave.</summary>
    public WorkerRecord? Departed { get; internal init; }

    /// <summary>The event of a lease that was found expired, or of a worker found stale, to be published first; none otherwise.</summary>
    public WorkerLifecycleEvent Sweep { get; internal init; }

    /// <summary>The event of the act, the answer to it; none for a refusal and for a renewal.</summary>
    public WorkerLifecycleEvent Event { get; internal init; }

    /// <summary>Whether <see cref="Event"/> tells of an earlier act that was sent again: an answer, and nothing to publish.</summary>
    public bool IsRepeat { get; internal init; }

    internal static WorkerDecision Accepted(WorkerRecord? next) => new(true, null, next);

    internal static WorkerDecision Refused(WorkerRecord? next, Refusal refusal) => new(false, refusal, next);
}
