using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Capabilities;

/// <summary>A request on its way to a node's stream.</summary>
/// <param name="Id">The request. A node that sees an id twice runs it once.</param>
/// <param name="Capability">What to run.</param>
/// <param name="InputJson">The whole input.</param>
/// <param name="MaxPayloadBytes">The largest output.</param>
/// <param name="Deadline">When nobody waits any more.</param>
/// <param name="Lease">The lease the work belongs to, if any.</param>
/// <param name="FencingToken">The lease's fencing token; 0 without a lease.</param>
public sealed record CapabilityDispatch(
    CapabilityRequestId Id, string Capability, ReadOnlyMemory<byte> InputJson, ulong MaxPayloadBytes, UnixTime Deadline,
    LeaseId? Lease, ulong FencingToken)
{
    /// <summary>The W3C trace context of the call that asked for the work, to go on from; <see langword="null"/> when nobody traces it.</summary>
    public string? Traceparent { get; init; }
}
