using Palyra.Domain.Ids;

namespace Palyra.Domain.Capabilities;

/// <summary>How a capability request ended.</summary>
/// <param name="Id">The request.</param>
/// <param name="State">A final state; anything but <see cref="CapabilityRequestState.Succeeded"/> is a failure.</param>
/// <param name="OutputJson">The whole output of a result; empty otherwise.</param>
/// <param name="Error">What went wrong; <see langword="null"/> on success.</param>
/// <param name="Started">Whether the node had acknowledged the work, so that it may have had effects.</param>
public sealed record CapabilityOutcome(
    CapabilityRequestId Id, CapabilityRequestState State, ReadOnlyMemory<byte> OutputJson, string? Error, bool Started)
{
    /// <summary>Whether the node answered with success.</summary>
    public bool Success => State == CapabilityRequestState.Succeeded;
}
