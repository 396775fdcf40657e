using System.Diagnostics.Metrics;

namespace Palyra.Domain.Fleet;

/// <summary>The fleet's part of the meter <c>Palyra</c>.</summary>
internal static class FleetMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly Counter<long> Leases = Meter.CreateCounter<long>(
        "palyra.fleet.leases", "{lease}", "Leases by outcome: worker.assigned when given, then worker.completed or why they ended otherwise.");

    internal static void Lease(in WorkerLifecycleEvent step)
    {
        if (Leases.Enabled)
        {
            Leases.Add(1, new KeyValuePair<string, object?>("outcome", Outcome(step)));
        }
    }

    // An operator's own code is free text: it counts as what the act is called otherwise, so that few series are kept.
    private static string Outcome(in WorkerLifecycleEvent step) => WorkerReason.IsOfTheSystem(step.ReasonCode) ? step.ReasonCode
        : step.State == WorkerState.Quarantined ? WorkerReason.QuarantinedByOperator
        : WorkerReason.LeaseRevoked;
}
