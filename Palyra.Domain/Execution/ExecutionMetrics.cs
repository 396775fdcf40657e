using System.Diagnostics.Metrics;
using Palyra.Domain.Time;

namespace Palyra.Domain.Execution;

/// <summary>The executor's part of the meter <c>Palyra</c>.</summary>
internal static class ExecutionMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly Counter<long> Calls =
        Meter.CreateCounter<long>("palyra.execution.calls", "{call}", "Tool calls that ended, by reason code and success: refusals among them.");

    private static readonly Histogram<long> Duration =
        Meter.CreateHistogram<long>("palyra.execution.duration", "ms", "From the request of a tool call to its outcome.");

    internal static void Ended(ToolOutcome outcome, UnixTime now)
    {
        Calls.Add(1, new("reason_code", outcome.ReasonCode), new("success", outcome.Success));
        Duration.Record(now.MillisecondsSince(outcome.Timings.RequestedAt), new KeyValuePair<string, object?>("success", outcome.Success));
    }
}
