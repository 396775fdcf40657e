using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>Why egress was not opened for a lease, or not granted to a caller.</summary>
public abstract record EgressSessionRefusal : Refusal
{
    private EgressSessionRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The lease is over, or was never active.</summary>
    public sealed record LeaseNotActive(LeaseId Lease)
        : EgressSessionRefusal("egress.session.lease_not_active", Lease.ToString(), "Egress opens only for a lease that is active now.");

    /// <summary>The lease has an open session already.</summary>
    public sealed record AlreadyOpen(LeaseId Lease)
        : EgressSessionRefusal("egress.session.already_open", Lease.ToString(), "A lease has at most one egress session; close it first.");

    /// <summary>The gateway is stopping: sessions are closed, and none is opened.</summary>
    public sealed record Stopped(LeaseId Lease)
        : EgressSessionRefusal("egress.session.gateway_stopped", Lease.ToString(), "The gateway is stopping and opens no egress any more.");

    /// <summary>The token is in use by another session.</summary>
    public sealed record TokenInUse(LeaseId Lease)
        : EgressSessionRefusal("egress.session.token_in_use", Lease.ToString(), "Every session needs fresh random bytes for its token.");

    /// <summary>No live session belongs to the token or worker.</summary>
    public sealed record NoSession()
        : EgressSessionRefusal("egress.session.none", "", "There is no live lease with egress for this caller.");
}
