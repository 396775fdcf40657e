using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Builders;

/// <summary>Every standing a worker can have, reached by acts; the worker is <c>w-1</c>, its lease is number 1, the last act was at <see cref="Start"/>.</summary>
internal static class Situations
{
    internal static readonly Dictionary<string, Action<WorkerFleet>> All = new()
    {
        ["Registered"] = _ => { },
        ["Degraded"] = fleet => fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, Start),
        ["Available"] = fleet =>
        {
            fleet.Heartbeat(Id("w-1"), WorkerHealth.Degraded, Start);
            fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, Start);
        },
        ["Leased"] = Leased,
        ["Busy"] = fleet =>
        {
            Leased(fleet);
            fleet.Start(Id("w-1"), Lease(1), Start);
        },
        ["Completed"] = fleet =>
        {
            Leased(fleet);
            fleet.Complete(Id("w-1"), Lease(1), CleanupReport.Verified, Start);
        },
        ["Draining"] = fleet => fleet.Drain(Id("w-1"), null, Start),
        ["DrainingLeased"] = fleet =>
        {
            Leased(fleet);
            fleet.Drain(Id("w-1"), null, Start);
        },
        ["Offline"] = GoStale,
        ["OfflineDrained"] = fleet =>
        {
            fleet.Drain(Id("w-1"), null, Start.AddMilliseconds(-GapMs));
            GoStale(fleet);
        },
        ["Quarantined"] = fleet => fleet.Quarantine(Id("w-1"), null, Start),
        ["QuarantinedClean"] = fleet =>
        {
            fleet.Quarantine(Id("w-1"), null, Start);
            fleet.ForceCleanup(Id("w-1"), CleanupReport.Verified, Start);
        },
        ["Orphaned"] = Orphan,
        ["OrphanedClean"] = fleet =>
        {
            Orphan(fleet);
            fleet.ForceCleanup(Id("w-1"), CleanupReport.Verified, Start);
        },
    };

    private const long GapMs = 40_000;

    /// <summary>A fleet with one worker in a situation.</summary>
    internal static WorkerFleet FleetWith(string situation)
    {
        var fleet = new WorkerFleet(Policy);
        var isOffline = situation.StartsWith("Offline", StringComparison.Ordinal);
        var registeredAt = isOffline ? Start.AddMilliseconds(-GapMs) : Start;
        Assert.True(fleet.Register(Claims() with { IssuedAt = After(-2 * GapMs) }, registeredAt).IsOk);
        All[situation](fleet);
        return fleet;
    }

    private static void Leased(WorkerFleet fleet) => fleet.Assign(Id("w-1"), Request(), Lease(1), Start);

    private static void GoStale(WorkerFleet fleet) => fleet.MarkStale(Start);

    private static void Orphan(WorkerFleet fleet)
    {
        Leased(fleet);
        fleet.RevokeLease(Id("w-1"), Lease(1), null, Start);
    }
}
