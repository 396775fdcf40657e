using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Capabilities;

/// <summary>The life of a capability request: one method an act. Pure; a refusal leaves the request as it was.</summary>
public static class CapabilityRequestDecider
{
    /// <summary>The most requests queued for one device.</summary>
    public const int MaxQueuedPerDevice = 256;

    /// <summary>The most requests in flight to one device.</summary>
    public const int MaxInFlightPerDevice = 32;

    /// <summary>
    /// Judges a wish, in this order: the capability's name, the deadline, the node is registered, the device is not revoked, the node offers the
    /// capability, the input fits, the queue has room.
    /// </summary>
    /// <param name="wish">What is asked for.</param>
    /// <param name="node">The node as registered, or <see langword="null"/>.</param>
    /// <param name="revoked">Whether the device is revoked.</param>
    /// <param name="queued">How many requests are queued for the device.</param>
    /// <param name="now">When.</param>
    public static Result<CapabilityRequestRecord> Enqueue(CapabilityWish wish, NodeRecord? node, bool revoked, int queued, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (!NodeCapability.IsValidName(wish.Capability))
        {
            return new CapabilityRefusal.InvalidField("capability", "must be 1 to 128 printable ASCII characters without space");
        }

        if (wish.Deadline <= now)
        {
            return new CapabilityRefusal.DeadlineExceeded();
        }

        if (node is null)
        {
            return new NodeRefusal.NotRegistered(wish.DeviceId);
        }

        if (FindRejection(wish, node, revoked, queued) is { } rejection)
        {
            return rejection;
        }

        return Queue(wish, now);
    }

    /// <summary>— → rejected: the record of a wish that was refused for a reason the table names.</summary>
    public static CapabilityRequestRecord Rejected(CapabilityWish wish, Refusal reason, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(wish);
        ArgumentNullException.ThrowIfNull(reason);
        return Queue(wish, now) with { State = CapabilityRequestState.Rejected, CompletedAt = now, Error = reason.Code };
    }

    /// <summary>Whether a refused wish leaves a rejected record: the reasons the table names do, a malformed wish does not.</summary>
    public static bool IsRecorded(Refusal reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return reason is CapabilityRefusal.DeviceRevoked or CapabilityRefusal.CapabilityUnavailable or CapabilityRefusal.PayloadTooLarge or CapabilityRefusal.QueueFull;
    }

    /// <summary>queued → dispatched.</summary>
    public static Result<CapabilityRequestRecord> Dispatch(CapabilityRequestRecord request, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.State == CapabilityRequestState.Queued
            ? request with { State = CapabilityRequestState.Dispatched, UpdatedAt = now, DispatchedAt = now }
            : Refuse(request, CapabilityAct.Dispatch);
    }

    /// <summary>dispatched → awaiting_local_mediation, only for the device it was sent to.</summary>
    public static Result<CapabilityRequestRecord> AwaitLocalMediation(CapabilityRequestRecord request, DeviceId sender, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.DeviceId != sender)
        {
            return new CapabilityRefusal.ForeignResult(request.Id, sender);
        }

        return request.State == CapabilityRequestState.Dispatched
            ? request with { State = CapabilityRequestState.AwaitingLocalMediation, UpdatedAt = now }
            : Refuse(request, CapabilityAct.AwaitLocalMediation);
    }

    /// <summary>The node says it has started: no change of state, accepted while in flight and only from the device it was sent to.</summary>
    public static Result<CapabilityRequestRecord> Accept(CapabilityRequestRecord request, DeviceId sender)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.DeviceId != sender)
        {
            return new CapabilityRefusal.ForeignResult(request.Id, sender);
        }

        return IsInFlight(request.State) ? request : Refuse(request, CapabilityAct.Accept);
    }

    /// <summary>
    /// dispatched, awaiting → succeeded or failed, only for the device it was sent to. An output over the limit fails the request, whatever the node
    /// said. A result for a final request is a duplicate when the node has answered before, late when the gateway had given up.
    /// </summary>
    public static Result<CapabilityRequestRecord> Complete(CapabilityRequestRecord request, CapabilityResult result, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(result);
        if (request.DeviceId != result.Sender)
        {
            return new CapabilityRefusal.ForeignResult(request.Id, result.Sender);
        }

        if (request.IsFinal)
        {
            return request.State is CapabilityRequestState.TimedOut or CapabilityRequestState.Rejected || CapabilityErrors.IsAbandonment(request.Error)
                ? new CapabilityRefusal.LateResult(request.Id)
                : new CapabilityRefusal.DuplicateResult(request.Id);
        }

        if (!IsInFlight(request.State))
        {
            return Refuse(request, CapabilityAct.Complete);
        }

        var oversized = IsOversized(request, result.OutputBytes);
        var succeeded = result.Success && !oversized;
        return request with
        {
            State = succeeded ? CapabilityRequestState.Succeeded : CapabilityRequestState.Failed,
            UpdatedAt = now,
            CompletedAt = now,
            OutputSummary = oversized ? null : result.OutputSummary,
            Error = succeeded ? null : oversized ? Oversized(request, result).Code : CapabilityErrors.OfNode(result.Error),
        };
    }

    /// <summary>Whether an output is over the request's limit: then it fails the request, and nothing of it is kept.</summary>
    public static bool IsOversized(CapabilityRequestRecord request, long outputBytes)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (ulong)outputBytes > request.MaxPayloadBytes;
    }

    /// <summary>The refusal a node gets for an output over the limit.</summary>
    public static CapabilityRefusal.PayloadTooLarge Oversized(CapabilityRequestRecord request, CapabilityResult result)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(result);
        return new CapabilityRefusal.PayloadTooLarge("output", result.OutputBytes, request.MaxPayloadBytes);
    }

    /// <summary>queued, dispatched, awaiting → timed_out.</summary>
    public static Result<CapabilityRequestRecord> TimeOut(CapabilityRequestRecord request, string error, UnixTime now) =>
        End(request, CapabilityAct.TimeOut, CapabilityRequestState.TimedOut, error, now);

    /// <summary>queued → rejected.</summary>
    public static Result<CapabilityRequestRecord> Reject(CapabilityRequestRecord request, string error, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(error);
        return request.State == CapabilityRequestState.Queued
            ? End(request, CapabilityAct.Reject, CapabilityRequestState.Rejected, error, now)
            : Refuse(request, CapabilityAct.Reject);
    }

    /// <summary>queued, dispatched, awaiting → failed, with the gateway's own reason.</summary>
    public static Result<CapabilityRequestRecord> Abandon(CapabilityRequestRecord request, string error, UnixTime now) =>
        End(request, CapabilityAct.Abandon, CapabilityRequestState.Failed, error, now);

    /// <summary>Whether the request occupies one of the device's places in flight.</summary>
    public static bool IsInFlight(CapabilityRequestState state) =>
        state is CapabilityRequestState.Dispatched or CapabilityRequestState.AwaitingLocalMediation;

    private static CapabilityRefusal? FindRejection(CapabilityWish wish, NodeRecord node, bool revoked, int queued)
    {
        if (revoked)
        {
            return new CapabilityRefusal.DeviceRevoked(wish.DeviceId);
        }

        if (!node.Offers(wish.Capability))
        {
            return new CapabilityRefusal.CapabilityUnavailable(wish.Capability);
        }

        var limit = PayloadLimit.Effective(wish.MaxPayloadBytes);
        if ((ulong)wish.InputBytes > limit)
        {
            return new CapabilityRefusal.PayloadTooLarge("input", wish.InputBytes, limit);
        }

        return queued >= MaxQueuedPerDevice ? new CapabilityRefusal.QueueFull(wish.DeviceId, MaxQueuedPerDevice) : null;
    }

    private static CapabilityRequestRecord Queue(CapabilityWish wish, UnixTime now) => new()
    {
        Id = wish.Id,
        DeviceId = wish.DeviceId,
        Capability = wish.Capability,
        State = CapabilityRequestState.Queued,
        CreatedAt = now,
        UpdatedAt = now,
        MaxPayloadBytes = PayloadLimit.Effective(wish.MaxPayloadBytes),
        InputSummary = wish.InputSummary,
    };

    private static Result<CapabilityRequestRecord> End(
        CapabilityRequestRecord request, CapabilityAct act, CapabilityRequestState state, string error, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(error);
        return request.State == CapabilityRequestState.Queued || IsInFlight(request.State)
            ? request with { State = state, UpdatedAt = now, CompletedAt = now, Error = error }
            : Refuse(request, act);
    }

    private static CapabilityRefusal.InvalidCapabilityTransition Refuse(CapabilityRequestRecord request, CapabilityAct act) =>
        new(request.Id, request.State, act);
}
