using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>The checks of a lease request that need no worker. Pure; the first failing check wins.</summary>
public static class LeaseRequestDecider
{
    /// <returns>The first refusal, or <see langword="null"/> when the request may be put to a worker.</returns>
    /// <summary>Run id · time to live · its maximum · grant id · the grant's run · the grant's expiry · capabilities · workspace paths.</summary>
    public static Refusal? Check(LeaseRequest request, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        if (request.RunId.IsEmpty)
        {
            return new LeaseRefusal.InvalidLeaseRequest("run_id", "The run id must be 1 to 128 UTF-8 bytes.");
        }

        if (CheckTtl(request.TtlMs, policy) is { } ttl)
        {
            return ttl;
        }

        if (request.Grant.GrantId.IsEmpty)
        {
            return new LeaseRefusal.InvalidLeaseRequest("grant_id", "The grant id must be 1 to 128 UTF-8 bytes.");
        }

        if (request.Grant.RunId != request.RunId)
        {
            return new LeaseRefusal.InvalidLeaseRequest("grant.run_id", "The grant was given to another run.");
        }

        if (request.Grant.ExpiresAt <= now)
        {
            return new LeaseRefusal.InvalidLeaseRequest("grant.expires_at_unix_ms", "The grant has expired.");
        }

        if (!AreBounded(request.RequiredCapabilities))
        {
            return new LeaseRefusal.InvalidLeaseRequest("required_capabilities", "Too many or over-long capabilities.");
        }

        return request.Workspace.IsValid()
            ? null
            : new LeaseRefusal.InvalidLeaseRequest("workspace_scope", "Allowed paths must be relative and normalised, without \"..\", below a root.");
    }

    /// <summary>At least 1 ms, at most the policy's maximum: else <c>InvalidLeaseRequest</c> or <c>TtlExceeded</c>.</summary>
    public static Refusal? CheckTtl(ulong ttlMs, CompiledFleetPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (ttlMs == 0)
        {
            return new LeaseRefusal.InvalidLeaseRequest("ttl_ms", "The time to live must be at least 1 ms.");
        }

        return ttlMs > policy.Options.MaxTtlMs ? new LeaseRefusal.TtlExceeded(policy.Options.MaxTtlMs) : null;
    }

    private static bool AreBounded(IReadOnlyList<string> capabilities)
    {
        for (var i = 0; i < capabilities.Count && i < LeaseRequest.MaxCapabilities; i++)
        {
            if (capabilities[i] is not { Length: <= WorkerAttestation.MaxTextBytes })
            {
                return false;
            }
        }

        return capabilities.Count <= LeaseRequest.MaxCapabilities;
    }
}
