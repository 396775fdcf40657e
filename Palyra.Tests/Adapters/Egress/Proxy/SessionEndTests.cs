using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

public sealed class SessionEndTests
{
    [Theory]
    [InlineData("complete")]
    [InlineData("revoke")]
    [InlineData("quarantine")]
    [InlineData("expire")]
    public async Task Tunnel_and_transfer_end_with_the_lease(string end)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProxyWorld.StartAsync(clock: clock);
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe first bytes");
            await peer.ReadToEndAsync();
        });
        var policy = Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin) with { AllowOpaqueTunnels = true });
        var (lease, _, token) = world.Leases.Open(policy: policy, ttlMs: 30_000);
        await using var tunnel = await world.ConnectAsync();
        await tunnel.SendAsync(ProxyWorld.Connect(origin.Authority, token));
        Assert.StartsWith("HTTP/1.1 200 ", await tunnel.ReadHeadAsync(), StringComparison.Ordinal);
        await using var transfer = await world.ConnectAsync();
        await transfer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        await transfer.ReadHeadAsync();

        switch (end)
        {
            case "complete":
                world.Leases.Fleet.Complete(lease.WorkerId, lease.LeaseId, CleanupReport.Verified, world.Leases.Now);
                break;
            case "revoke":
                world.Leases.Fleet.RevokeLease(lease.WorkerId, lease.LeaseId, null, world.Leases.Now);
                break;
            case "quarantine":
                world.Leases.Fleet.Quarantine(lease.WorkerId, "operator.says", world.Leases.Now);
                break;
            default:
                clock.Advance(TimeSpan.FromMilliseconds(30_000));
                break;
        }

        Assert.True(await tunnel.ReadUntilCutAsync());
        Assert.True(await transfer.ReadUntilCutAsync());
        Assert.Equal(407, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Status);
        await world.RecordAsync(3);
        Assert.DoesNotContain(world.Audit.Records, record => record.Outcome == Palyra.Domain.Audit.AuditOutcome.Allowed);
    }

    [Fact]
    public async Task Upload_that_ends_with_its_lease_is_recorded_as_that_and_not_as_left_by_the_worker()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.ReadToEndAsync();
        });
        var (lease, _, token) = world.Leases.Open(policy: Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin)));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token, "Content-Length: 1000\r\n").Replace("GET ", "PUT ", StringComparison.Ordinal));
        await Wait.UntilAsync(() => !origin.Heads.IsEmpty);
        world.Leases.Fleet.RevokeLease(lease.WorkerId, lease.LeaseId, null, world.Leases.Now);
        Assert.True(await peer.ReadUntilCutAsync());
        Assert.Equal("worker.lease_revoked", (await world.RecordAsync()).ReasonCode);
    }

    [Fact]
    public async Task Idle_connection_survives_the_lease_and_is_then_a_stranger()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var (lease, _, token) = world.Leases.Open(policy: Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin)));
        await using var peer = await world.ConnectAsync();
        await peer.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(200, (await peer.ReadAnswerAsync()).Status);
        await world.RecordAsync();
        world.Leases.Fleet.RevokeLease(lease.WorkerId, lease.LeaseId, null, world.Leases.Now);
        await using var other = await world.ConnectAsync();
        await other.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        Assert.Equal(407, (await other.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task Token_of_one_worker_says_nothing_about_another()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Echoing();
        var policy = Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin));
        var (lease, _, first) = world.Leases.Open("w-1", policy);
        var (_, _, second) = world.Leases.Open("w-2", policy);
        world.Leases.Fleet.Quarantine(lease.WorkerId, "operator.says", world.Leases.Now);
        Assert.Equal(407, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", first))).Status);
        Assert.Equal(200, (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", second))).Status);
        Assert.Equal("w-2", (await world.RecordAsync(2)).Actor);
    }
}
