using Google.Protobuf;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>What each event of a node does to the runtime, and what the node is answered.</summary>
internal sealed class NodeEvents(NodeRuntime runtime, IEntropy entropy, TimeProvider clock)
{
    /// <summary>
    /// Applies one event. A result that is late, doubled, foreign or for an unknown request is answered with its code and changes nothing; an event that is
    /// malformed ends the stream.
    /// </summary>
    internal async Task<NodeEventResponse> ApplyAsync(DeviceId device, NodeEventRequest request)
    {
        var refusal = request.EventName switch
        {
            EventNames.Accepted => (await runtime.MarkAccepted(Report(request).RequestId, device).ConfigureAwait(false)).Refusal,
            EventNames.AwaitingLocalMediation => (await runtime.MarkAwaiting(Report(request).RequestId, device).ConfigureAwait(false)).Refusal,
            EventNames.Result => await CompleteAsync(device, Report(request)).ConfigureAwait(false),
            _ => (await runtime.Touch(device, request.EventName).ConfigureAwait(false)).Refusal,
        };
        return refusal is null or (CapabilityRefusal and not CapabilityRefusal.InvalidField)
            ? Response(request.V, refusal is null, refusal?.Code ?? "")
            : throw refusal.ToException();
    }

    /// <summary>A response of its own for a dispatch that no event is waiting for.</summary>
    internal NodeEventResponse Push(CapabilityDispatch dispatch)
    {
        var response = Response(1, true, EventNames.DispatchReason);
        response.Dispatch = ToWire(dispatch);
        return response;
    }

    internal static NodeCapabilityDispatch ToWire(CapabilityDispatch dispatch)
    {
        var wire = new NodeCapabilityDispatch
        {
            RequestId = Wire(dispatch.Id.Value),
            Capability = dispatch.Capability,
            InputJson = UnsafeByteOperations.UnsafeWrap(dispatch.InputJson),
            MaxPayloadBytes = dispatch.MaxPayloadBytes,
            DeadlineUnixMs = dispatch.Deadline.Milliseconds,
            FencingToken = dispatch.FencingToken,
            Traceparent = dispatch.Traceparent ?? "",
        };
        if (dispatch.Lease is { } lease)
        {
            wire.LeaseId = Wire(lease.Value);
        }

        return wire;
    }

    private NodeEventResponse Response(uint version, bool accepted, string reason) => new()
    {
        V = Math.Max(version, 1),
        EventId = Wire(entropy.NextUlid(UnixTime.Now(clock))),
        Accepted = accepted,
        Reason = reason,
    };

    private static CanonicalId Wire(Ulid id) => new() { Ulid = id.ToString() };

    private async ValueTask<Refusal?> CompleteAsync(DeviceId device, CapabilityReport report) =>
        (await runtime.Complete(report.RequestId, device, report.Success, report.OutputJson, report.Error).ConfigureAwait(false)).Refusal;

    private static CapabilityReport Report(NodeEventRequest request) => CapabilityReport.TryParse(request.PayloadJson.Memory, out var report)
        ? report
        : throw new MessageRefusal.InvalidPayload().ToException();
}
