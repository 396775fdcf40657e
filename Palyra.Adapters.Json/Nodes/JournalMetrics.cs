using System.Diagnostics.Metrics;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>The store's part of the meter <c>Palyra</c>.</summary>
internal static class JournalMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly Histogram<double> FlushDuration =
        Meter.CreateHistogram<double>("palyra.journal.flush.duration", "ms", "One flush: written and on the disk.");

    private static readonly Histogram<int> FlushGroups =
        Meter.CreateHistogram<int>("palyra.journal.flush.groups", "{group}", "Groups of changes that shared one flush.");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("palyra.journal.failures", "{flush}", "Flushes that failed and were taken back.");

    internal static void Flushed(TimeSpan duration, int groups)
    {
        FlushDuration.Record(duration.TotalMilliseconds);
        FlushGroups.Record(groups);
    }

    internal static void Failed() => Failures.Add(1);
}
