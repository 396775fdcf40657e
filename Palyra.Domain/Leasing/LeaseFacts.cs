using Palyra.Domain.Ids;

namespace Palyra.Domain.Leasing;

/// <summary>What an assignment needs from outside the worker's record.</summary>
/// <param name="LeaseId">The id of the lease, should there be one.</param>
/// <param name="FencingToken">Its token: above every earlier one of the fleet.</param>
/// <param name="GrantUsed">Whether the grant is leased, or was within the policy's maximum time to live.</param>
public readonly record struct LeaseFacts(LeaseId LeaseId, ulong FencingToken, bool GrantUsed);
