using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Sessions;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress.Sessions;

public class SessionEgressDeciderTests
{
    private static readonly CredentialBinding Here = Binding("x-here");
    private static readonly CredentialBinding Elsewhere = Binding("x-elsewhere", origins: "https://other.example");

    [Fact]
    public void JudgeTarget_BoundToTheOrigin_GoesWithIt() => Assert.Equal([Here], Bound(Here));

    [Fact]
    public void JudgeTarget_BoundElsewhere_GoesWithoutIt() => Assert.Empty(Bound(Elsewhere));

    [Fact]
    public void JudgeTarget_SomeBoundToTheOrigin_GoesWithThoseAlone() => Assert.Equal([Here], Bound(Elsewhere, Here));

    [Fact]
    public void JudgeTarget_DeniedAnyway_IsDenied() =>
        Assert.False(SessionEgressDecider.JudgeTarget(Policy(), Request("https://evil.example/"), [Here]).TryGetTarget(out _, out _));

    [Fact]
    public void JudgeTarget_BoundToTheSamePlaceUnderAnotherScheme_GoesWithoutIt() => Assert.Empty(Bound(Binding("x-here", origins: "http://api.example.com:443")));

    [Theory]
    [InlineData("https://api.example.com:443", true)]
    [InlineData("http://api.example.com:443", true)]
    [InlineData("https://api.example.com:444", false)]
    [InlineData("https://other.example", false)]
    public void JudgeTarget_TunnelToAPlaceWithACredential_IsDeniedWhateverTheSchemeItIsBoundUnder(string origin, bool denied)
    {
        var judgement = SessionEgressDecider.JudgeTarget(Policy(), EgressRequest.Tunnel("api.example.com:443"), [Binding("x-here", origins: origin)]);

        Assert.Equal(denied, !judgement.TryGetTarget(out _, out _));
    }

    private static IEnumerable<CredentialBinding> Bound(params CredentialBinding[] bindings)
    {
        Assert.True(SessionEgressDecider.JudgeTarget(Policy(), Request(), bindings).TryGetTarget(out var target, out _));
        return target.CredentialBindings;
    }
}
