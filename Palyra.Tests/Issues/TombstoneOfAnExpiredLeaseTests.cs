using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Issues;

/// <summary>A worker whose expired lease was first met by its deregistration failed closed and left no tombstone: its old attestation let it back in.</summary>
public class TombstoneOfAnExpiredLeaseTests
{
    [Fact]
    public void Register_AfterADeregistrationThatMetAnExpiredLease_NeedsAnAttestationIssuedSince()
    {
        var fleet = Departed();
        Assert.Equal("AttestationPredatesFailure", fleet.Register(Claims(), After(120)).Refusal?.Code);
        Assert.Equal("AttestationPredatesFailure", fleet.Register(Claims("W-1 ") with { IssuedAt = After(110) }, After(120)).Refusal?.Code);
        Assert.True(fleet.Register(Claims() with { IssuedAt = After(111) }, After(120)).IsOk);
    }

    [Fact]
    public void Deregister_ExpiredLease_TellsThatItExpiredAndCountsItsGrantFromThen()
    {
        var fleet = Departed();
        Assert.Equal([WorkerReason.Deregistered, WorkerReason.TtlExpired], fleet.RecentEvents().Take(2).Select(told => told.ReasonCode));
        Assert.True(fleet.Register(Claims() with { IssuedAt = After(111) }, After(120)).IsOk);
        Assert.Equal("GrantAlreadyUsed", fleet.Assign(Id("w-1"), Request(), Lease(2), After(130)).Refusal?.Code);
    }

    private static WorkerFleet Departed()
    {
        var fleet = FleetOf("w-1");
        Assert.True(fleet.Assign(Id("w-1"), Request(ttlMs: 100), Lease(1), After(10)).IsOk);
        Assert.True(fleet.Deregister(Id("w-1"), After(110)).IsOk);
        return fleet;
    }
}
