using Palyra.Domain.Ids;

namespace Palyra.Domain.Capabilities;

/// <summary>A request that is queued durably, and its end to wait for.</summary>
/// <param name="Id">The request.</param>
/// <param name="Completion">
/// Completes exactly once, after the end is durable: with a result, at the deadline, on cancellation or when the device is revoked. It never faults
/// for an expected end; it faults when the runtime is closed or its store breaks. Await it once.
/// </param>
public sealed record PendingCapability(CapabilityRequestId Id, ValueTask<CapabilityOutcome> Completion);
