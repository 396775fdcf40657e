using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>
/// Which grants may not be leased again: those of a live lease, and those whose lease was live within the policy's maximum time to live.
/// Not thread-safe. Forgets what time has freed, so it holds as much as was leased in that span and no more.
/// </summary>
internal sealed class GrantLedger
{
    private readonly Dictionary<GrantId, UnixTime> _heldUntil = [];
    private readonly Queue<GrantId> _ended = new();
    private UnixTime _latest = UnixTime.MinValue;

    internal int Count => _heldUntil.Count;

    /// <summary>Whether a grant is held. Time does not run backwards here: the latest instant ever seen counts.</summary>
    internal bool IsUsed(GrantId grant, UnixTime now)
    {
        _latest = UnixTime.Max(_latest, now);
        return _heldUntil.TryGetValue(grant, out var until) && until >= _latest;
    }

    /// <summary>A lease began or was renewed: should nothing else end it, it is live until its expiry.</summary>
    internal void Hold(WorkerLease lease, ulong maxTtlMs) => _heldUntil[lease.Grant.GrantId] = lease.ExpiresAt.AddMilliseconds(maxTtlMs);

    /// <summary>A lease ended, at its expiry at the latest.</summary>
    internal void End(WorkerLease lease, UnixTime at, ulong maxTtlMs)
    {
        _latest = UnixTime.Max(_latest, at);
        _heldUntil[lease.Grant.GrantId] = UnixTime.Min(at, lease.ExpiresAt).AddMilliseconds(maxTtlMs);
        _ended.Enqueue(lease.Grant.GrantId);
        Forget();
    }

    private void Forget()
    {
        while (_ended.TryPeek(out var grant) && (!_heldUntil.TryGetValue(grant, out var until) || until < _latest))
        {
            _ended.Dequeue();
            _heldUntil.Remove(grant);
        }
    }
}
