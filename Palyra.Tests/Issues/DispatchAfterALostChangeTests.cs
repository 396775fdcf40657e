using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>When the store lost a dispatch, the request went back to the head of its queue and stayed there, and with it every later one, until it timed out.</summary>
public sealed class DispatchAfterALostChangeTests
{
    [Fact]
    public async Task Connect_DispatchIsLost_IsOnTheStreamOnceTheStoreIsWell()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        var first = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        nodes.Store.IsBroken = true;
        using var connection = nodes.Connect(device);
        nodes.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(connection.Dispatches.TryRead(out _));
        nodes.Store.IsBroken = false;
        var second = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));

        nodes.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.True(connection.Dispatches.TryRead(out var one) && one.Id == first.Id);
        Assert.True(connection.Dispatches.TryRead(out var two) && two.Id == second.Id);
    }
}
