using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>The life of a pairing request: one method an act. Pure; a refusal leaves the request as it was.</summary>
public static class PairingRequestDecider
{
    /// <summary>The reason an expired request carries unless a person gave one before.</summary>
    public const string ExpiredReason = "pairing request expired";

    /// <summary>Whether no act ever changes this state again.</summary>
    public static bool IsTerminal(PairingRequestState state) =>
        state is PairingRequestState.Rejected or PairingRequestState.Expired or PairingRequestState.Completed;

    /// <summary>The state at an instant: a request whose time has run out counts as expired before anybody has recorded it.</summary>
    public static PairingRequestState StateAt(PairingRequestRecord request, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CanExpire(request.State) && now >= request.ExpiresAt ? PairingRequestState.Expired : request.State;
    }

    /// <summary>pending_approval → approved. Approving an approved request again changes nothing and keeps the first decision.</summary>
    public static Result<PairingRequestRecord> Approve(PairingRequestRecord request, PairingDecision decision, UnixTime now) =>
        Decide(request, decision, now, PairingAct.Approve, PairingRequestState.Approved);

    /// <summary>pending_approval → rejected. Rejecting a rejected request again changes nothing and keeps the first decision.</summary>
    public static Result<PairingRequestRecord> Reject(PairingRequestRecord request, PairingDecision decision, UnixTime now) =>
        Decide(request, decision, now, PairingAct.Reject, PairingRequestState.Rejected);

    /// <summary>pending_approval, approved → expired once its time has run out.</summary>
    public static Result<PairingRequestRecord> Expire(PairingRequestRecord request, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CanExpire(request.State) && now >= request.ExpiresAt
            ? request with { State = PairingRequestState.Expired, DecisionReason = request.DecisionReason ?? ExpiredReason }
            : new PairingRefusal.InvalidPairingTransition(request.SessionId, request.State, PairingAct.Expire);
    }

    /// <summary>approved → completed, once, with what the device collects.</summary>
    public static Result<PairingRequestRecord> Complete(PairingRequestRecord request, PairingMaterial material, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(material);
        var state = StateAt(request, now);
        return state == PairingRequestState.Approved
            ? request with { State = PairingRequestState.Completed, Material = material }
            : new PairingRefusal.InvalidPairingTransition(request.SessionId, state, PairingAct.Complete);
    }

    private static Result<PairingRequestRecord> Decide(
        PairingRequestRecord request, PairingDecision decision, UnixTime now, PairingAct act, PairingRequestState decided)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(decision);
        if (FindFault(decision) is { } fault)
        {
            return fault;
        }

        var state = StateAt(request, now);
        if (state == decided)
        {
            return request;
        }

        return state == PairingRequestState.PendingApproval
            ? request with
            {
                State = decided,
                DecisionReason = decision.Reason,
                DecisionScopeTtlMs = decision.ScopeTtlMs,
                DecidedBy = decision.By,
                DecidedAt = now,
            }
            : new PairingRefusal.InvalidPairingTransition(request.SessionId, state, act);
    }

    private static bool CanExpire(PairingRequestState state) => state is PairingRequestState.PendingApproval or PairingRequestState.Approved;

    private static PairingRefusal.InvalidPairingField? FindFault(PairingDecision decision)
    {
        if (string.IsNullOrWhiteSpace(decision.By) || decision.By.Length > PairingDecision.MaxByLength)
        {
            return new PairingRefusal.InvalidPairingField("decided_by", $"must be 1 to {PairingDecision.MaxByLength} characters");
        }

        if (decision.Reason?.Length > PairingDecision.MaxReasonLength)
        {
            return new PairingRefusal.InvalidPairingField("decision_reason", $"must be at most {PairingDecision.MaxReasonLength} characters");
        }

        return decision.ScopeTtlMs is <= 0 ? new PairingRefusal.InvalidPairingField("decision_scope_ttl_ms", "must be more than zero") : null;
    }
}
