using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>
/// Which grants were leased, and until when: a grant is leased once, as long as its lease is or was live within the maximum time to live. Not thread-safe.
/// </summary>
internal sealed class GrantLedger
{
    /// <summary>So many of the latest stay known whatever the time: a clock that went back, or a longer maximum, still finds them.</summary>
    internal const int AlwaysKnown = 4096;

    private readonly Dictionary<GrantId, UnixTime> _ends = [];
    private readonly Queue<GrantId> _ended = new();
    private UnixTime _latest = UnixTime.MinValue;

    internal int Count => _ends.Count;

    /// <summary>Whether the grant counts as leased at a time. Asking changes nothing.</summary>
    internal bool IsUsed(GrantId grant, UnixTime at, ulong maxTtlMs) => _ends.TryGetValue(grant, out var end) && end.AddMilliseconds(maxTtlMs) >= at;

    /// <summary>The lease is live, until it expires.</summary>
    internal void Hold(WorkerLease lease) => _ends[lease.Grant.GrantId] = lease.ExpiresAt;

    /// <summary>The lease has ended.</summary>
    internal void End(WorkerLease lease, UnixTime at, ulong maxTtlMs)
    {
        _ends[lease.Grant.GrantId] = UnixTime.Min(at, lease.ExpiresAt);
        _latest = UnixTime.Max(_latest, at);
        _ended.Enqueue(lease.Grant.GrantId);
        while (_ended.Count > AlwaysKnown && !IsUsed(_ended.Peek(), _latest, maxTtlMs))
        {
            _ends.Remove(_ended.Dequeue());
        }
    }
}
