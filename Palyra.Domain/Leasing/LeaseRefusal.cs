using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Leasing;

/// <summary>Why a lease is not given, or an act on one not accepted. The code of each case is its name.</summary>
public abstract record LeaseRefusal : Refusal
{
    private LeaseRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The request breaks a rule of its own.</summary>
    public sealed record InvalidLeaseRequest(string Field, string Problem) : LeaseRefusal(nameof(InvalidLeaseRequest), Field, Problem);

    /// <summary>The time to live is above the policy's maximum.</summary>
    public sealed record TtlExceeded(ulong MaxTtlMs) : LeaseRefusal(
        nameof(TtlExceeded), "ttl_ms", $"The time to live is above the maximum of {MaxTtlMs} ms.");

    /// <summary>The worker already holds a lease.</summary>
    public sealed record LeaseAlreadyActive(WorkerId Worker) : LeaseRefusal(
        nameof(LeaseAlreadyActive), Worker.ToString(), "The worker holds a lease.");

    /// <summary>No worker fits: free, fresh, attested, and both trusted with and reporting every required capability.</summary>
    public sealed record NoAvailableWorker() : LeaseRefusal(
        nameof(NoAvailableWorker), "required_capabilities", "No free, fresh and attested worker is trusted with every required capability.");

    /// <summary>The named lease is not the worker's active lease.</summary>
    public sealed record LeaseMismatch(WorkerId Worker) : LeaseRefusal(
        nameof(LeaseMismatch), Worker.ToString(), "The lease named is not the worker's active lease.");

    /// <summary>The grant is leased, or was within the policy's maximum time to live.</summary>
    public sealed record GrantAlreadyUsed(GrantId Grant) : LeaseRefusal(
        nameof(GrantAlreadyUsed), Grant.ToString(), "A grant is leased once; ask for a new one.");
}
