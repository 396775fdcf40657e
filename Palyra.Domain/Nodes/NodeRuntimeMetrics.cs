using System.Diagnostics.Metrics;
using Palyra.Domain.Capabilities;

namespace Palyra.Domain.Nodes;

/// <summary>The node runtime's part of the meter <c>Palyra</c>.</summary>
internal static class NodeRuntimeMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly UpDownCounter<long> QueueDepth =
        Meter.CreateUpDownCounter<long>("palyra.nodes.queue.depth", "{request}", "Capability requests that wait for their turn.");

    private static readonly Histogram<long> DispatchLatency =
        Meter.CreateHistogram<long>("palyra.nodes.dispatch.latency", "ms", "From queued to on the node's stream.");

    private static readonly Counter<long> Ended =
        Meter.CreateCounter<long>("palyra.nodes.requests", "{request}", "Capability requests that ended, by state.");

    internal static void Queued(int change) => QueueDepth.Add(change);

    internal static void Dispatched(long milliseconds) => DispatchLatency.Record(milliseconds);

    internal static void EndedAs(CapabilityRequestState state)
    {
        if (Ended.Enabled)
        {
            Ended.Add(1, new KeyValuePair<string, object?>("state", state.ToString()));
        }
    }
}
