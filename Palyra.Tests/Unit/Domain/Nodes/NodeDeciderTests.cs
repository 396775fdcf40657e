using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeDeciderTests
{
    private static readonly UnixTime Now = new(1_000_000);

    [Fact]
    public void Register_New_SortsCapabilitiesByName() => Assert.Equal(
        ["a", "b", "c"], Registered(new("c", true), new("a", true), new("b", false)).Capabilities.Select(capability => capability.Name));

    [Fact]
    public void Register_NamedTwice_LastWins() => Assert.Equal([new NodeCapability("a", false)], Registered(new("a", true), new("a", false)).Capabilities.ToArray());

    [Fact]
    public void Register_Again_KeepsWhenItRegisteredFirst()
    {
        var first = Registered(new NodeCapability("a", true)) with { LastEventName = "node.started", LastEventAt = Now };

        var again = NodeDecider.Register(first, first.DeviceId, "other", [new("b", true)], Now.AddMilliseconds(5L)).Value;

        Assert.Equal((first.RegisteredAt, "other", Now.AddMilliseconds(5L), "node.started"), (again.RegisteredAt, again.Platform, again.LastSeenAt, again.LastEventName));
        Assert.Equal([new NodeCapability("b", true)], again.Capabilities.ToArray());
    }

    [Theory]
    [InlineData("", "platform")]
    [InlineData(null, "platform")]
    [InlineData("li\u0000nux", "platform")]
    public void Register_BadPlatform_NamesTheField(string? platform, string field) =>
        Assert.Equal(field, NodeDecider.Register(null, NodeRuntimes.Device(1), platform, [], Now).Refusal?.Subject);

    [Fact]
    public void Register_NoDevice_IsRefused() => Assert.Equal("device_id", NodeDecider.Register(null, default, "linux", [], Now).Refusal?.Subject);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("caf\u00e9")]
    public void Register_BadCapabilityName_IsRefused(string name) =>
        Assert.Equal("capability", NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", [new(name, true)], Now).Refusal?.Subject);

    [Fact]
    public void Register_CapabilityNameLength_IsLimited()
    {
        Assert.True(NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", [new(new string('x', 128), true)], Now).IsOk);
        Assert.False(NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", [new(new string('x', 129), true)], Now).IsOk);
    }

    [Fact]
    public void Register_CapabilityCount_IsLimited()
    {
        Assert.True(NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", Many(256), Now).IsOk);
        Assert.Equal("capabilities", NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", Many(257), Now).Refusal?.Subject);
    }

    [Fact]
    public void Register_Platform_IsTrimmedAndLimited()
    {
        Assert.Equal("linux", NodeDecider.Register(null, NodeRuntimes.Device(1), " linux ", [], Now).Value.Platform);
        Assert.True(NodeDecider.Register(null, NodeRuntimes.Device(1), new string('x', 128), [], Now).IsOk);
        Assert.False(NodeDecider.Register(null, NodeRuntimes.Device(1), new string('x', 129), [], Now).IsOk);
    }

    [Fact]
    public void Touch_Event_IsRecorded()
    {
        var touched = NodeDecider.Touch(Registered(), "node.heartbeat", Now.AddMilliseconds(9L)).Value;

        Assert.Equal((Now.AddMilliseconds(9L), "node.heartbeat", Now.AddMilliseconds(9L)), (touched.LastSeenAt, touched.LastEventName, touched.LastEventAt!.Value));
    }

    [Fact]
    public void Touch_ClockSetBack_NeverMovesLastSeenBack() => Assert.Equal(Now, NodeDecider.Touch(Registered(), "node.heartbeat", Now.AddMilliseconds(-9L)).Value.LastSeenAt);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a\nb")]
    public void Touch_BadEventName_IsRefused(string? name) => Assert.Equal("event_name", NodeDecider.Touch(Registered(), name, Now).Refusal?.Subject);

    [Fact]
    public void SetCapability_New_IsAddedInItsPlaceAndNamedAsEvent()
    {
        var changed = NodeDecider.SetCapability(Registered(new("a", true), new("c", true)), "b", true, Now).Value;

        Assert.Equal([new("a", true), new("b", true), new NodeCapability("c", true)], changed.Capabilities.ToArray());
        Assert.Equal("capability_granted", changed.LastEventName);
    }

    [Fact]
    public void SetCapability_Unavailable_IsKeptAndNamedAsEvent()
    {
        var changed = NodeDecider.SetCapability(Registered(new NodeCapability("a", true)), "a", false, Now).Value;

        Assert.Equal([new NodeCapability("a", false)], changed.Capabilities.ToArray());
        Assert.Equal("capability_revoked", changed.LastEventName);
    }

    [Fact]
    public void SetCapability_BadName_IsRefused() => Assert.False(NodeDecider.SetCapability(Registered(), "no way", true, Now).IsOk);

    [Fact]
    public void SetCapability_OneTooMany_IsRefused()
    {
        var full = NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", Many(256), Now).Value;

        Assert.False(NodeDecider.SetCapability(full, "another", true, Now).IsOk);
        Assert.True(NodeDecider.SetCapability(full, "c1", false, Now).IsOk);
    }

    [Theory]
    [InlineData(300_000, true)]
    [InlineData(300_001, false)]
    [InlineData(-5, true)]
    public void IsHealthy_ByAge(long age, bool healthy) => Assert.Equal(healthy, NodeDecider.IsHealthy(Registered(), Now.AddMilliseconds(age)));

    [Fact]
    public void Equals_AnyFieldDiffers_IsNotEqual()
    {
        var node = Registered(new NodeCapability("a", true)) with { LastEventName = "node.started", LastEventAt = Now };

        Assert.Equal(node, Registered(new NodeCapability("a", true)) with { LastEventName = "node.started", LastEventAt = Now });
        Assert.Equal(node.GetHashCode(), (node with { Capabilities = [new("a", true)] }).GetHashCode());
        Assert.False(node.Equals(null));
        Assert.All(
            new[]
            {
                node with { DeviceId = NodeRuntimes.Device(2) }, node with { Platform = "other" }, node with { Capabilities = [] },
                node with { Capabilities = [new("a", false)] }, node with { RegisteredAt = default }, node with { LastSeenAt = default },
                node with { LastEventName = null }, node with { LastEventAt = null },
            },
            other => Assert.NotEqual(node, other));
    }

    private static IEnumerable<NodeCapability> Many(int count) => Enumerable.Range(0, count).Select(i => new NodeCapability($"c{i}", true));

    private static NodeRecord Registered(params NodeCapability[] capabilities) =>
        NodeDecider.Register(null, NodeRuntimes.Device(1), "linux", capabilities, Now).Value;
}
