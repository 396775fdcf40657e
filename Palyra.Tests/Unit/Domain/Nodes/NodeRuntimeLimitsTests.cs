using System.Text;
using Palyra.Domain.Capabilities;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimeLimitsTests
{
    [Fact]
    public async Task Deadline_DaysAway_ComesAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(await nodes.NodeAsync(), within: TimeSpan.FromDays(3)));
        nodes.Clock.Advance(TimeSpan.FromDays(1));
        nodes.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(CapabilityRequestState.Queued, nodes.Request(pending.Id).State);

        nodes.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(CapabilityRequestState.TimedOut, nodes.Store.Copy().CapabilityRequests[pending.Id].State);
    }

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, "payload_too_large")]
    public async Task Complete_OutputAtOrOverTheLimit_IsToldToTheNode(int bytes, string? code)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device, max: 8));

        var answer = await nodes.Runtime.Complete(pending.Id, device, true, Encoding.UTF8.GetBytes(new string('1', bytes)), "ignored");

        Assert.Equal(code, answer.Refusal?.Code);
        Assert.Equal((code is null, code is null), ((await pending.Completion).Success, nodes.Request(pending.Id).Error is null));
    }
}
