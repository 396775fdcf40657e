using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Palyra.Domain.Health;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Health;

/// <summary>Reports every <see cref="IHealthProbe"/> of a host as a health check of the platform.</summary>
public static class PalyraHealthChecks
{
    /// <summary>The tag of every check.</summary>
    public const string Tag = "palyra";

    /// <summary>
    /// Adds a check <c>palyra.NAME</c> for every probe: <c>palyra.state</c> and <c>palyra.audit</c> of the JSON adapter, <c>palyra.node_rpc</c> and
    /// <c>palyra.certificates</c> of this one, <c>palyra.egress</c> of the proxy, as far as they are registered, and the host's own.
    /// </summary>
    public static IServiceCollection AddPalyraHealthChecks(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHealthChecks();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HealthCheckServiceOptions>, Registrations>());
        return services;
    }

    private sealed class Registrations(IEnumerable<IHealthProbe> probes, TimeProvider clock) : IConfigureOptions<HealthCheckServiceOptions>
    {
        public void Configure(HealthCheckServiceOptions options)
        {
            foreach (var probe in probes)
            {
                options.Registrations.Add(new HealthCheckRegistration($"{Tag}.{probe.Name}", _ => new Check(probe, clock), HealthStatus.Unhealthy, [Tag]));
            }
        }
    }

    private sealed class Check(IHealthProbe probe, TimeProvider clock) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var found = probe.Look(UnixTime.Now(clock));
            var status = found.State switch
            {
                HealthState.Healthy => HealthStatus.Healthy,
                HealthState.Degraded => HealthStatus.Degraded,
                _ => HealthStatus.Unhealthy,
            };
            return Task.FromResult(new HealthCheckResult(status, found.Detail));
        }
    }
}
