using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>One request to execute a capability.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Capability">Its name.</param>
/// <param name="InputJson">The input, JSON in UTF-8.</param>
/// <param name="MaxPayloadBytes">The largest output that is accepted.</param>
/// <param name="Lease">The lease it runs under; <see langword="null"/> on a node that was not leased.</param>
public sealed record CapabilityInvocation(
    CapabilityRequestId RequestId, string Capability, ReadOnlyMemory<byte> InputJson, ulong MaxPayloadBytes, ActiveLease? Lease);
