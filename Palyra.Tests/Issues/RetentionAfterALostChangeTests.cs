using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// When the store lost a change that dropped finished requests, they came back without their deadline: nothing dropped them any more until another request ended.
/// </summary>
public sealed class RetentionAfterALostChangeTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    [Fact]
    public async Task Finished_DropIsLost_IsTriedAgain()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync()));
        await nodes.Runtime.Cancel(pending.Id);
        nodes.Store.IsBroken = true;
        nodes.Clock.Advance(Kept);
        Assert.Single(nodes.Runtime.ListRequests());
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(nodes.Store.Copy().CapabilityRequests);
    }

    [Fact]
    public async Task Finished_ItsSuccessorIsLost_IsDroppedInItsOwnTime()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1 });
        var device = await nodes.NodeAsync();
        var first = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
        await nodes.Runtime.Cancel(first.Id);
        nodes.Clock.Advance(TimeSpan.FromHours(10));
        var second = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, within: TimeSpan.FromDays(3)));
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.Cancel(second.Id));
        nodes.Store.IsBroken = false;

        nodes.Clock.Advance(TimeSpan.FromHours(14));

        Assert.Equal([second.Id], nodes.Store.Copy().CapabilityRequests.Keys);
    }
}
