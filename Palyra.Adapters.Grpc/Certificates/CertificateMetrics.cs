using System.Diagnostics.Metrics;
using Palyra.Domain.Identity;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>How many certificates have how many days left, counted when somebody looks: instrument <c>palyra.certificates</c> of meter <c>Palyra</c>.</summary>
internal sealed class CertificateMetrics : IDisposable
{
    private readonly Meter _meter = new("Palyra");
    private readonly IdentityRegistry _registry;
    private readonly GatewayCertificates _certificates;
    private readonly TimeProvider _clock;

    internal CertificateMetrics(IdentityRegistry registry, GatewayCertificates certificates, TimeProvider clock)
    {
        _registry = registry;
        _certificates = certificates;
        _clock = clock;
        _meter.CreateObservableGauge("palyra.certificates", Observe, "{certificate}", "Certificates in use by kind and whole days left.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Observe()
    {
        var now = UnixTime.Now(_clock);
        var counts = new Dictionary<(string Kind, string Left), int>();
        Count("authority", UnixTime.From(_certificates.CaCertificate.NotAfter.ToUniversalTime()));
        Count("server", UnixTime.From(_certificates.Server.NotAfter.ToUniversalTime()));
        foreach (var device in _registry.Devices)
        {
            if (device is { Revocation: null, Current: { } current })
            {
                Count("device", current.ExpiresAt);
            }
        }

        return counts.Select(count => new Measurement<int>(count.Value, new("kind", count.Key.Kind), new("days_left", count.Key.Left)));

        void Count(string kind, UnixTime expiresAt)
        {
            var key = (kind, Bucket(expiresAt.MillisecondsSince(now)));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
    }

    // Few buckets, so that few series are kept.
    private static string Bucket(long left) => left <= 0 ? "expired" : (left / 86_400_000) switch
    {
        0 => "0",
        < 7 => "1-6",
        < 30 => "7-29",
        < 365 => "30-364",
        _ => "365+",
    };
}
