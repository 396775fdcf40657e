using Palyra.Domain.Ids;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A request that was given up left its place in flight empty: what was queued behind it waited for somebody else to end.</summary>
public class CancelledRequestFreesItsPlaceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_InFlight_TheNextInTheQueueLeavesAtOnce(bool byToken)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        using var caller = new CancellationTokenSource();
        var first = await EnqueueAsync(caller.Token);
        for (var i = 0; i < 31; i++)
        {
            await EnqueueAsync(CancellationToken.None);
        }

        var waiting = await EnqueueAsync(CancellationToken.None);
        while (connection.Dispatches.TryRead(out _))
        {
        }

        if (byToken)
        {
            await caller.CancelAsync();
        }
        else
        {
            Assert.True((await nodes.Runtime.Cancel(first)).IsOk);
        }

        Assert.Equal(waiting, (await connection.Dispatches.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30))).Id);

        async Task<CapabilityRequestId> EnqueueAsync(CancellationToken cancellation) => NodeRuntimes.Accepted(
            await nodes.Runtime.Enqueue(device, NodeRuntimes.Echo, "1"u8.ToArray(), 0, nodes.Now.Add(TimeSpan.FromMinutes(1)), cancellation: cancellation)).Id;
    }
}
