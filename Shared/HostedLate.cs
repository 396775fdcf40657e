using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Palyra.Adapters.Hosting;

/// <summary>Hosts a service that is made only when the host starts it: a host makes what it hosts before it validates its options.</summary>
internal sealed class HostedLate<T>(IServiceProvider services) : IHostedService
    where T : IHostedService
{
    private T? _service;

    public Task StartAsync(CancellationToken cancellationToken) => (_service = services.GetRequiredService<T>()).StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _service?.StopAsync(cancellationToken) ?? Task.CompletedTask;
}
