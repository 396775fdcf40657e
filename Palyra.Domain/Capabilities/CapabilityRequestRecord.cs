using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Capabilities;

/// <summary>One request to run a capability on a device, without its payloads: those are only summarised.</summary>
public sealed record CapabilityRequestRecord
{
    /// <summary>The request.</summary>
    public required CapabilityRequestId Id { get; init; }

    /// <summary>The device it is for.</summary>
    public required DeviceId DeviceId { get; init; }

    /// <summary>What to run.</summary>
    public required string Capability { get; init; }

    /// <summary>Where it stands.</summary>
    public required CapabilityRequestState State { get; init; }

    /// <summary>When it was queued.</summary>
    public required UnixTime CreatedAt { get; init; }

    /// <summary>When its state changed last.</summary>
    public required UnixTime UpdatedAt { get; init; }

    /// <summary>When it was handed to the node's stream first.</summary>
    public UnixTime? DispatchedAt { get; init; }

    /// <summary>When it became final.</summary>
    public UnixTime? CompletedAt { get; init; }

    /// <summary>The largest input and output, in bytes.</summary>
    public required ulong MaxPayloadBytes { get; init; }

    /// <summary>The input, redacted and cut (<see cref="PayloadSummary"/>).</summary>
    public string? InputSummary { get; init; }

    /// <summary>The output, redacted and cut.</summary>
    public string? OutputSummary { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }

    /// <summary>Whether no act changes it any more.</summary>
    public bool IsFinal => State is CapabilityRequestState.Succeeded or CapabilityRequestState.Failed
        or CapabilityRequestState.TimedOut or CapabilityRequestState.Rejected;
}
