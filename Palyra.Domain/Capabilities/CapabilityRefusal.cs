using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Capabilities;

/// <summary>Why an act on a capability request was refused.</summary>
public abstract record CapabilityRefusal : Refusal
{
    private CapabilityRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary><c>queue_full</c>: 256 requests are queued for the device.</summary>
    public sealed record QueueFull(DeviceId Device, int Limit)
        : CapabilityRefusal("queue_full", Device.ToString(), $"{Limit} requests are queued for this device already; try again later.");

    /// <summary><c>payload_too_large</c>: an input or output is over the request's limit.</summary>
    public sealed record PayloadTooLarge(string Field, long Bytes, ulong Limit)
        : CapabilityRefusal("payload_too_large", Field, $"The {Field} has {Bytes} bytes; the limit is {Limit}.");

    /// <summary><c>capability_unavailable</c>: the node does not offer the capability at the moment.</summary>
    public sealed record CapabilityUnavailable(string Capability)
        : CapabilityRefusal("capability_unavailable", Capability, "The node does not offer this capability.");

    /// <summary><c>device_revoked</c>: the device's pairing was revoked.</summary>
    public sealed record DeviceRevoked(DeviceId Device)
        : CapabilityRefusal("device_revoked", Device.ToString(), "The device's pairing was revoked.");

    /// <summary><c>deadline_exceeded</c>: the deadline had passed before the request was queued.</summary>
    public sealed record DeadlineExceeded() : CapabilityRefusal("deadline_exceeded", "deadline", "The deadline has passed already.");

    /// <summary><c>cancelled</c>: the caller cancelled before the request was queued.</summary>
    public sealed record Cancelled() : CapabilityRefusal("cancelled", "", "The caller cancelled the request.");

    /// <summary><c>invalid_capability_field</c>: a field is missing or malformed.</summary>
    public sealed record InvalidField(string Field, string Why) : CapabilityRefusal("invalid_capability_field", Field, $"The field {Field} {Why}.");

    /// <summary><c>unknown_request</c>: there is no request of this id, or it is no longer kept.</summary>
    public sealed record UnknownRequest(CapabilityRequestId Request)
        : CapabilityRefusal("unknown_request", Request.ToString(), "There is no capability request of this id.");

    /// <summary><c>foreign_result</c>: the message comes from another device than the one the request was sent to. Nothing changed.</summary>
    public sealed record ForeignResult(CapabilityRequestId Request, DeviceId Sender)
        : CapabilityRefusal("foreign_result", Request.ToString(), $"The request was not sent to the device {Sender}.");

    /// <summary><c>duplicate_result</c>: the request has its result already. Nothing changed.</summary>
    public sealed record DuplicateResult(CapabilityRequestId Request)
        : CapabilityRefusal("duplicate_result", Request.ToString(), "The request has a result already.");

    /// <summary><c>late_result</c>: the request was given up before its result came. Nothing changed.</summary>
    public sealed record LateResult(CapabilityRequestId Request)
        : CapabilityRefusal("late_result", Request.ToString(), "The request was given up before the result came.");

    /// <summary><c>InvalidCapabilityTransition</c>: the table has no row for this act in this state. Nothing changed.</summary>
    public sealed record InvalidCapabilityTransition(CapabilityRequestId Request, CapabilityRequestState From, CapabilityAct Act)
        : CapabilityRefusal(nameof(InvalidCapabilityTransition), Request.ToString(), $"A capability request that is {From} cannot take the act {Act}.");
}
