using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Health;

/// <summary>How long the authority's certificate holds. It is never renewed by itself: every device trusts it.</summary>
/// <remarks>It asks the container only when it looks: a host makes its health checks before it validates its options.</remarks>
internal sealed class CertificateProbe(IServiceProvider services) : IHealthProbe
{
    private const int WarnDays = 90;
    private const long DayMs = 86_400_000;

    public string Name => "certificates";

    public HealthFinding Look(UnixTime now)
    {
        var left = UnixTime.From(services.GetRequiredService<GatewayCertificates>().CaCertificate.NotAfter.ToUniversalTime()).MillisecondsSince(now);
        var (state, says) = left switch
        {
            <= 0 => (HealthState.Unhealthy, "The certificate authority has expired: no device gets in."),
            < WarnDays * DayMs => (HealthState.Degraded, $"The certificate authority expires in {left / DayMs} days: plan its replacement."),
            _ => (HealthState.Healthy, $"The certificate authority holds for {left / DayMs} days."),
        };
        return new HealthFinding(state, says);
    }
}
