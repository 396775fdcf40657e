using System.Globalization;
using Palyra.Domain.Fleet;
using Palyra.Domain.Fleet.Indexes;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>Sets of capabilities that are asked for the first time, and again after others took their place.</summary>
public class CapabilityViewsTests
{
    // Pairs of them are more sets than there are views.
    private static readonly string[] Trusted = [.. Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"tool:t{i}"))];

    private static readonly WorkerFleetPolicy Trusting = Policy with { TrustedCapabilities = Trusted };

    private int _lease;

    [Fact]
    public void AssignNext_CapabilitiesAskedForTheFirstTime_TakesADegradedWorkerLast()
    {
        var fleet = Fleet();
        fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, Start);

        Assert.Equal("w-2", Next(fleet, Trusted[0], Trusted[1]));
        Assert.Equal("w-1", Next(fleet, Trusted[0], Trusted[1]));
    }

    [Fact]
    public void AssignNext_MoreSetsThanViews_FindsNobodyByTheMarksOfTheSetThatMadeRoom()
    {
        var fleet = new WorkerFleet(Trusting);
        Assert.True(fleet.Register(Claims("w-1", Trusted[0]), Start).IsOk);
        var run = Request("run-0", capabilities: [Trusted[0]]);
        Assert.True(fleet.AssignNext(run, Lease(1), Start).IsOk);
        fleet.Complete(Id("w-1"), Lease(1), CleanupReport.Verified, Start);
        Assert.Equal(WorkerState.Degraded, fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, Start).Value.State);

        // None of these sets is one that the worker has. With the first of all views and the worker's own there is no room left behind them.
        var sets = (from first in Trusted.Skip(1) from second in Trusted.Skip(1) where string.CompareOrdinal(first, second) < 0 select (first, second)).ToArray();
        Assert.All(sets.Take(CapabilityViews.MaxViews - 2), set => Assert.Equal(
            "NoAvailableWorker", fleet.AssignNext(Request("none", capabilities: [set.first, set.second]), Lease(0), Start).Refusal?.Code));
        Assert.True(fleet.Register(Claims("w-2", Trusted[1..]), Start).IsOk);
        fleet.Heartbeat(Id("w-2"), WorkerHealth.Degraded, Start);

        Assert.Equal("w-2", Next(fleet, sets[^1].first, sets[^1].second));
    }

    private WorkerFleet Fleet()
    {
        var fleet = new WorkerFleet(Trusting);
        Assert.True(fleet.Register(Claims("w-1", Trusted), Start).IsOk);
        Assert.True(fleet.Register(Claims("w-2", Trusted), Start).IsOk);
        return fleet;
    }

    private string Next(WorkerFleet fleet, params string[] capabilities) =>
        fleet.AssignNext(Request($"run-{++_lease}", capabilities: capabilities), Lease(_lease), Start).Value.WorkerId.ToString();
}
