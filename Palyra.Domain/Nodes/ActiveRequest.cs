using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>A request that has not ended: its record, its input, whoever waits for it, and how far it has travelled. Guarded by the runtime's lock.</summary>
internal sealed class ActiveRequest(CapabilityRequestRecord record, DeviceLane lane, long sequence) : Deadline
{
    /// <summary>The record as it reads in memory.</summary>
    internal CapabilityRequestRecord Record { get; set; } = record;

    internal DeviceLane Lane { get; } = lane;

    /// <summary>The order in which requests came; first in, first out per device.</summary>
    internal long Sequence { get; } = sequence;

    internal required ReadOnlyMemory<byte> InputJson { get; init; }

    internal required UnixTime CallerDeadline { get; init; }

    internal required LeaseId? Lease { get; init; }

    internal required ulong FencingToken { get; init; }

    /// <summary>The caller's trace, when it was queued.</summary>
    internal string? Traceparent { get; init; }

    internal TaskCompletionSource<CapabilityOutcome> Waiter { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>Whether the dispatch is durable, so that the node may see it.</summary>
    internal bool IsDispatchDurable { get; set; }

    /// <summary>How many streams it has been handed to.</summary>
    internal int Sends { get; set; }

    /// <summary>Whether the node has said anything about it.</summary>
    internal bool IsAcknowledged { get; set; }

    internal CapabilityDispatch ToDispatch() =>
        new(Record.Id, Record.Capability, InputJson, Record.MaxPayloadBytes, CallerDeadline, Lease, FencingToken)
        {
            Traceparent = Traceparent,
        };
}
