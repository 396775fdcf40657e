using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class ListeningTests
{
    [Fact]
    public async Task Proxy_that_could_not_bind_does_not_say_that_it_listens()
    {
        await using var first = await ProxyWorld.StartAsync();
        await using var services = new ServiceCollection().BuildServiceProvider();
        using var leases = new LeasedEgress(TimeProvider.System);
        await using var second = new EgressProxyServer(
            Options.Create(new EgressProxyOptions { Listen = first.Server.EndPoint }), leases.Egress, new ProxyBindings(), new FakeNames(), new MemoryAuditSink(),
            services, TimeProvider.System, new LinesLogger());
        await Assert.ThrowsAnyAsync<Exception>(() => second.StartAsync(default));
        Assert.False(second.IsListening);
        Assert.True(first.Server.IsListening);
        await first.Server.StopAsync(default);
        Assert.False(first.Server.IsListening);
    }
}
