using System.Diagnostics.Metrics;
using Palyra.Domain.Audit;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>The proxy's part of the meter <c>Palyra</c>.</summary>
internal static class ProxyMetrics
{
    private static readonly Meter Meter = new("Palyra");

    private static readonly Counter<long> Requests =
        Meter.CreateCounter<long>("palyra.egress.requests", "{request}", "Requests through the egress proxy by reason code and outcome.");

    private static readonly Counter<long> Bytes =
        Meter.CreateCounter<long>("palyra.egress.bytes", "By", "Bytes through the egress proxy by direction.");

    private static readonly UpDownCounter<long> Tunnels =
        Meter.CreateUpDownCounter<long>("palyra.egress.tunnels", "{tunnel}", "Open tunnels.");

    private static readonly Counter<long> Malformed =
        Meter.CreateCounter<long>("palyra.egress.malformed", "{message}", "Messages refused because they were not strict HTTP, by peer.");

    private static readonly Counter<long> Strangers =
        Meter.CreateCounter<long>("palyra.egress.strangers_pushed_out", "{connection}", "Connections that did not show whose they are before too many others came.");

    internal static void PushedOut() => Strangers.Add(1);

    internal static void Ended(AuditRecord record, EgressTraffic traffic)
    {
        if (Requests.Enabled)
        {
            Requests.Add(1, new("reason_code", record.ReasonCode), new("outcome", record.Outcome.ToString()));
        }

        if (Bytes.Enabled)
        {
            Bytes.Add(traffic.BytesUp, new KeyValuePair<string, object?>("direction", "up"));
            Bytes.Add(traffic.BytesDown, new KeyValuePair<string, object?>("direction", "down"));
        }
    }

    internal static void TunnelOpened() => Tunnels.Add(1);

    internal static void TunnelClosed() => Tunnels.Add(-1);

    internal static void RefusedHead(string peer) => Malformed.Add(1, new KeyValuePair<string, object?>("peer", peer));
}
