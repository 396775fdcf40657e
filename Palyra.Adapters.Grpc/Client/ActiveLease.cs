using System.Diagnostics;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>A lease that this worker has started to work under.</summary>
/// <remarks>The egress token is a secret: neither <see cref="ToString"/> nor the debugger shows it.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ActiveLease
{
    private readonly Func<TimeSpan, CancellationToken, ValueTask<bool>> _renew;
    private readonly Func<string, string, CancellationToken, ValueTask<EgressAdvice>> _evaluate;

    internal ActiveLease(
        LeaseId leaseId, ulong fencingToken, string scratchFolder, EgressAccess? egress, Func<TimeSpan, CancellationToken, ValueTask<bool>> renew,
        Func<string, string, CancellationToken, ValueTask<EgressAdvice>> evaluate)
    {
        LeaseId = leaseId;
        FencingToken = fencingToken;
        ScratchFolder = scratchFolder;
        Egress = egress;
        _renew = renew;
        _evaluate = evaluate;
    }

    /// <summary>The lease.</summary>
    public LeaseId LeaseId { get; }

    /// <summary>Rises with every lease of the fleet; to be given to whatever must not listen to an earlier lease's work.</summary>
    public ulong FencingToken { get; }

    /// <summary>A folder of this lease's own. Everything in it is removed when the work ends, and the gateway is told whether that worked.</summary>
    public string ScratchFolder { get; }

    /// <summary>The way out through the egress proxy; <see langword="null"/> when the lease has none.</summary>
    public EgressAccess? Egress { get; }

    /// <summary>Asks for more time. The work's cancellation moves accordingly.</summary>
    /// <returns>Whether it was granted.</returns>
    public ValueTask<bool> RenewAsync(TimeSpan ttl, CancellationToken cancellationToken = default) => _renew(ttl, cancellationToken);

    /// <summary>Asks the gateway whether a request would be let out. It is advice: the proxy judges again, and only what passes the proxy leaves the worker.</summary>
    public ValueTask<EgressAdvice> EvaluateEgressAsync(string method, string url, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(url);
        return _evaluate(method, url, cancellationToken);
    }

    /// <summary>Lease and fencing token.</summary>
    public override string ToString() => $"lease {LeaseId}, fencing token {FencingToken}";
}
