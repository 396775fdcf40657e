using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Adapters.Egress;

public sealed class StrangerTrailTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void TryTake_MoreThanItsShareOfASecond_CountsTheRestInTheNextRecord()
    {
        var trail = new StrangerTrail(_clock);
        var records = Enumerable.Range(0, StrangerTrail.PerSecond + 50).Select(_ => trail.TryTake("GET", UnixTime.Now(_clock))).ToArray();
        Assert.All(records[..StrangerTrail.PerSecond], Assert.NotNull);
        Assert.All(records[StrangerTrail.PerSecond..], Assert.Null);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(new("unrecorded_before", "50"), trail.TryTake("GET", UnixTime.Now(_clock))!.Fields);
        Assert.DoesNotContain(trail.TryTake("GET", UnixTime.Now(_clock))!.Fields, field => field.Key == "unrecorded_before");
    }

    [Fact]
    public void TryTake_Tunnel_IsATunnelsDenial()
    {
        var record = new StrangerTrail(_clock).TryTake("CONNECT", UnixTime.Now(_clock))!;
        Assert.Equal((EgressAudit.TunnelEvent, AuditOutcome.Denied, "egress.proxy.no_live_lease"), (record.Event, record.Outcome, record.ReasonCode));
    }
}
