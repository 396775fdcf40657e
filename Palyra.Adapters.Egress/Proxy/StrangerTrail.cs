using System.Globalization;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// The records of requests that no live lease stands behind: so many a second, the others counted in the next one. Nobody without a lease may fill
/// the disk that the audit trail, and with it everybody's egress, depends on.
/// </summary>
internal sealed class StrangerTrail(TimeProvider clock)
{
    /// <summary>The most records a second.</summary>
    internal const int PerSecond = 100;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _since = clock.GetTimestamp();
    private int _taken;
    private long _unrecorded;

    /// <summary>The record to write, or <see langword="null"/> when this second has had its share.</summary>
    internal AuditRecord? TryTake(string method, UnixTime now)
    {
        long unrecorded;
        lock (_lock)
        {
            if (clock.GetElapsedTime(_since) >= Second)
            {
                _since = clock.GetTimestamp();
                _taken = 0;
            }

            if (_taken == PerSecond)
            {
                _unrecorded++;
                return null;
            }

            _taken++;
            unrecorded = _unrecorded;
            _unrecorded = 0;
        }

        var cut = new KeyValuePair<string, string>("method", method.Length <= 32 ? method : method[..32]);
        return new AuditRecord
        {
            At = now,
            Event = method == "CONNECT" ? EgressAudit.TunnelEvent : EgressAudit.RequestEvent,
            Outcome = AuditOutcome.Denied,
            ReasonCode = ProxyReason.NoSession,
            Fields = unrecorded == 0 ? [cut] : [cut, new("unrecorded_before", unrecorded.ToString(CultureInfo.InvariantCulture))],
        };
    }
}
