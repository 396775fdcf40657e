using Palyra.Domain.Ids;

namespace Palyra.Domain.Audit;

/// <summary>Who a request through the proxy acts for.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="LeaseId">Its lease.</param>
/// <param name="RunId">The run of the lease.</param>
public readonly record struct EgressActor(WorkerId Worker, LeaseId LeaseId, RunId RunId);
