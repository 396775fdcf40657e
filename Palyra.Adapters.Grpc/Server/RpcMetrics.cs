using System.Diagnostics.Metrics;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>The node RPC's part of the meter <c>Palyra</c>.</summary>
internal static class RpcMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("palyra.rpc.refusals", "{message}", "Messages refused, whether by a status or in the answer, by code and method.");

    private static readonly UpDownCounter<long> Streams = Meter.CreateUpDownCounter<long>("palyra.rpc.streams", "{stream}", "Open event streams.");

    private static readonly Counter<long> Dispatches = Meter.CreateCounter<long>("palyra.rpc.dispatches", "{dispatch}", "Dispatches written to streams.");

    internal static void Refused(string code, string method) => Refusals.Add(1, new("code", code), new("method", method));

    internal static void StreamOpened() => Streams.Add(1);

    internal static void StreamClosed() => Streams.Add(-1);

    internal static void Dispatched() => Dispatches.Add(1);
}
