using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Why a message, or the stream it is sent on, was refused where the domain has no word for it.</summary>
internal abstract record MessageRefusal : Refusal
{
    private MessageRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The payload of a capability event cannot be read: code <c>invalid_payload</c>.</summary>
    internal sealed record InvalidPayload() : MessageRefusal("invalid_payload", "payload_json", "payload_json must be one JSON object that names request_id.");

    /// <summary>The lease is not named, or not by a canonical id: code <c>invalid_lease</c>.</summary>
    internal sealed record InvalidLease() : MessageRefusal("invalid_lease", "lease.lease_id", "lease.lease_id must be a canonical ULID.");

    /// <summary>No first event came in time: code <c>stream_silent</c>.</summary>
    internal sealed record StreamSilent() : MessageRefusal("stream_silent", "", "The stream was opened and nothing was sent.");

    /// <summary>The node leaves what it is sent unread: code <c>slow_reader</c>.</summary>
    internal sealed record SlowReader() : MessageRefusal("slow_reader", "", "The node reads its stream too slowly.");

    /// <summary>The device opened another stream: code <c>stream_replaced</c>.</summary>
    internal sealed record StreamReplaced() : MessageRefusal("stream_replaced", "", "A newer stream of this device has replaced this one.");
}
