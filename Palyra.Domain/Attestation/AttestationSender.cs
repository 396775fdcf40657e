using Palyra.Domain.Ids;

namespace Palyra.Domain.Attestation;

/// <summary>What the gateway itself knows of whoever hands in an attestation; no claim in it counts for more than this.</summary>
/// <param name="Worker">The worker that the sender's client certificate makes it. An attestation for another worker is refused with <c>WorkerIdMismatch</c>.</param>
/// <param name="EgressProxyBound">Whether the worker has proven itself to the egress proxy. If not, its claim <c>egress_proxy_attested</c> counts as false.</param>
public readonly record struct AttestationSender(WorkerId Worker, bool EgressProxyBound);
