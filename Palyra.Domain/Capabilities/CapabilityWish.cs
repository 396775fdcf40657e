using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Capabilities;

/// <summary>A wish to run a capability, before anything is decided.</summary>
/// <param name="Id">The id the request will have.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Capability">What to run.</param>
/// <param name="InputBytes">The size of the input.</param>
/// <param name="InputSummary">The input, redacted and cut.</param>
/// <param name="MaxPayloadBytes">The limit asked for; 0 means the default.</param>
/// <param name="Deadline">When the caller stops waiting.</param>
public sealed record CapabilityWish(
    CapabilityRequestId Id, DeviceId DeviceId, string Capability, long InputBytes, string? InputSummary, ulong MaxPayloadBytes, UnixTime Deadline);
