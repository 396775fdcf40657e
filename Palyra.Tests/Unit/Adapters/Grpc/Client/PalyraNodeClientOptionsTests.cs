using Palyra.Adapters.Grpc.Client;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Adapters.Grpc.Client;

public sealed class PalyraNodeClientOptionsTests
{
    private static readonly PalyraNodeClientOptions Good = new() { Gateway = new Uri("https://gateway.example:7443"), Trust = GatewayTrust.FromPin(new string('0', 64)) };

    public static TheoryData<string, PalyraNodeClientOptions> Bad => new()
    {
        { "Gateway", Good with { Gateway = null! } },
        { "Gateway", Good with { Gateway = new Uri("http://gateway.example:7443") } },
        { "Gateway", Good with { Gateway = new Uri("gateway", UriKind.Relative) } },
        { "Trust", Good with { Trust = null! } },
        { "ClientKind", Good with { ClientKind = default } },
        { "Platform", Good with { Platform = null! } },
        { "PollInterval", Good with { PollInterval = TimeSpan.Zero } },
        { "HeartbeatInterval", Good with { HeartbeatInterval = TimeSpan.Zero } },
        { "HeartbeatInterval", Good with { HeartbeatInterval = TimeSpan.FromDays(50) } },
        { "LeaseMargin", Good with { LeaseMargin = TimeSpan.FromTicks(-1) } },
        { "StopGrace", Good with { StopGrace = Timeout.InfiniteTimeSpan } },
        { "CallTimeout", Good with { CallTimeout = TimeSpan.Zero } },
        { "ReconnectMin", Good with { ReconnectMin = TimeSpan.Zero } },
        { "ReconnectMax", Good with { ReconnectMax = TimeSpan.FromMilliseconds(499) } },
        { "MaxConcurrentRequests", Good with { MaxConcurrentRequests = 0 } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void NewClient_OptionOutOfRange_IsRefusedAndNamed(string name, PalyraNodeClientOptions bad) =>
        Assert.Contains($"{name} ", Assert.Throws<ArgumentException>(() => New(bad)).Message, StringComparison.Ordinal);

    [Fact]
    public void NewClient_SeveralOptionsOutOfRange_NamesThemAll()
    {
        var thrown = Assert.Throws<ArgumentException>(() => New(Good with { CallTimeout = default, LeaseMargin = TimeSpan.MinValue }));
        Assert.Contains("CallTimeout", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("LeaseMargin", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NewClient_OptionsInRange_IsMade() => Assert.False(New(Good with { LeaseMargin = default, StopGrace = default }).IsPaired);

    private static PalyraNodeClient New(PalyraNodeClientOptions options) => new(options, new CapabilityHandlers(), new MemorySecretStore());
}
