using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>Changes of a node runtime's state, by number.</summary>
internal static class Changes
{
    public static CapabilityRequestId RequestId(int number) => new(Ulid.FromBits((UInt128)(0x0192_0000_0000_0000UL + (ulong)number) << 64 | 1));

    public static CapabilityRequestRecord Request(int number, CapabilityRequestState state = CapabilityRequestState.Succeeded) => new()
    {
        Id = RequestId(number),
        DeviceId = NodeRuntimes.Device(number % 100),
        Capability = "system.health",
        State = state,
        CreatedAt = new UnixTime(1_767_225_600_000 + number),
        UpdatedAt = new UnixTime(1_767_225_600_500 + number),
        CompletedAt = state is CapabilityRequestState.Succeeded or CapabilityRequestState.Failed ? new UnixTime(1_767_225_600_500 + number) : null,
        MaxPayloadBytes = 4096,
        InputSummary = $"{{\"number\":{number}}}",
    };

    public static NodeRuntimeChange Put(int number) => new NodeRuntimeChange.PutCapabilityRequest(Request(number));
}
