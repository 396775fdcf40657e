using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Egress opened after the gateway had begun to stop followed no fleet any more, so that the end of its lease did not close it.</summary>
public class EgressAfterStopTests
{
    [Fact]
    public void Open_AfterDispose_IsRefused()
    {
        using var world = new LeasedEgress();
        var lease = world.Lease();
        world.Egress.Dispose();
        byte[] token = [.. Enumerable.Repeat((byte)7, EgressToken.Bytes)];
        Assert.Equal("egress.session.gateway_stopped", world.Egress.Open(lease, LeasedEgress.Tool(), token, world.Now).Refusal?.Code);
        Assert.Equal(0, world.Egress.Count);
    }
}
