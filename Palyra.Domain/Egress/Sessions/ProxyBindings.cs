using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// Which workers have proven to the egress proxy, by a mutual TLS handshake with their device certificate, that they reach the world through it.
/// A worker's claim <c>egress_proxy_attested</c> counts only while its proof is here and fresh.
/// </summary>
public sealed class ProxyBindings
{
    /// <summary>How long a proof counts unless renewed by another handshake or request.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The most workers kept; the one whose proof is oldest gives way.</summary>
    public const int MaxWorkers = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<WorkerId, UnixTime> _provenUntil = [];
    private readonly TimeSpan _lifetime;

    /// <summary>Bindings whose proofs count for <see cref="DefaultLifetime"/>.</summary>
    public ProxyBindings() : this(DefaultLifetime) { }

    /// <summary>Bindings whose proofs count for this long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a positive time of at most a day.</exception>
    public ProxyBindings(TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, TimeSpan.FromDays(1));
        _lifetime = lifetime;
    }

    /// <summary>Records a proof: the proxy has just seen this worker's certificate and its possession of the key.</summary>
    public void Prove(WorkerId worker, UnixTime now)
    {
        if (worker.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            if (_provenUntil.Count >= MaxWorkers && !_provenUntil.ContainsKey(worker))
            {
                _provenUntil.Remove(_provenUntil.MinBy(entry => entry.Value).Key);
            }

            _provenUntil[worker] = now.Add(_lifetime);
        }
    }

    /// <summary>Whether a worker counts as bound to the proxy at this instant.</summary>
    public bool IsBound(WorkerId worker, UnixTime now)
    {
        lock (_lock)
        {
            return _provenUntil.TryGetValue(worker, out var until) && now < until;
        }
    }

    /// <summary>Forgets a worker's proof, e.g. because its device was revoked.</summary>
    public void Forget(WorkerId worker)
    {
        lock (_lock)
        {
            _provenUntil.Remove(worker);
        }
    }
}
