using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A heartbeat of 0 means now; before the epoch it was taken for one from the future.</summary>
public class HeartbeatBeforeTheEpochTests
{
    [Theory]
    [InlineData(-10_000)]
    [InlineData(long.MinValue)]
    public void Register_HeartbeatNotReportedBeforeTheEpoch_StartsNow(long now)
    {
        var fleet = new WorkerFleet(Workers.Policy);
        var at = new UnixTime(now);
        Assert.True(fleet.Register(Workers.Claims() with { IssuedAt = at, ExpiresAt = at.AddMilliseconds(1000) }, at).IsOk);
        Assert.Equal(at, fleet.Get("w-1").LastHeartbeatAt);
    }

    [Fact]
    public void CheckAdmission_HeartbeatReportedAheadBeforeTheEpoch_IsNotYetValid()
    {
        var at = new UnixTime(-10_000);
        var ahead = Workers.Claims() with { IssuedAt = at, ExpiresAt = at.AddMilliseconds(1000), HeartbeatAt = new UnixTime(1) };
        var refusal = AttestationDecider.CheckAdmission(ahead, CompiledFleetPolicy.Compile(Workers.Policy), at);
        Assert.Equal("NotYetValid", refusal?.Code);
    }
}
