using Palyra.Domain.Egress;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress;

public class EgressTunnelTests
{
    [Theory]
    [InlineData("api.example.com:443", "api.example.com")]
    [InlineData("API.example.com.:443", "api.example.com")]
    public void Judge_Tunnel_IsJudgedLikeItsHttpsOrigin(string authority, string host)
    {
        var verdict = EgressDecider.Judge(Policy(), EgressRequest.Tunnel(authority), [Public]);
        Assert.True(verdict.Allowed);
        Assert.True(verdict.Target.IsTunnel);
        Assert.Equal("CONNECT", verdict.Target.Method);
        Assert.Equal((host, 443), (verdict.Host, verdict.Port));
    }

    [Theory]
    [InlineData("api.example.com", "egress.denied.invalid_url")]
    [InlineData("api.example.com:", "egress.denied.invalid_url")]
    [InlineData(":443", "egress.denied.invalid_url")]
    [InlineData("", "egress.denied.invalid_url")]
    [InlineData("@api.example.com:443", "egress.denied.invalid_url")]
    [InlineData("/api.example.com:443", "egress.denied.invalid_url")]
    [InlineData("[2606:4700::1111]", "egress.denied.invalid_url")]
    [InlineData("api.example.com:443/", "egress.denied.invalid_url")]
    [InlineData("api.example.com:443?x", "egress.denied.invalid_url")]
    [InlineData("api.example.com:443#x", "egress.denied.invalid_url")]
    [InlineData("user@api.example.com:443", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com:443", "egress.denied.invalid_url")]
    [InlineData("api.example.com:44 3", "egress.denied.invalid_url")]
    [InlineData("api.example.com:0", "egress.denied.port_not_allowed")]
    [InlineData("api.example.com:22", "egress.denied.port_not_allowed")]
    [InlineData("127.1:443", "egress.denied.non_canonical_ip")]
    [InlineData("evil.example:443", "egress.denied.host_not_allowlisted")]
    public void Judge_BadAuthority_RefusesWithItsCode(string authority, string code) =>
        Assert.Equal(code, EgressDecider.Judge(Policy(), EgressRequest.Tunnel(authority), [Public]).ReasonCode);

    [Fact]
    public void Judge_TunnelsNotAllowed_Refuses() => Assert.Equal(
        "egress.denied.method_not_allowed",
        EgressDecider.Judge(Policy(options => options with { AllowTunnels = false }), EgressRequest.Tunnel("api.example.com:443"), [Public]).ReasonCode);

    [Fact]
    public void Judge_TunnelWithCredentials_Refuses() => Assert.Equal(
        "egress.denied.tunnel_credentials",
        EgressDecider.Judge(Policy(), EgressRequest.Tunnel("api.example.com:443") with { CredentialBindings = [Binding()] }, [Public]).ReasonCode);

    [Fact]
    public void Judge_TunnelToALiteral_PinsTheLiteral()
    {
        var verdict = EgressDecider.Judge(AnyHost, EgressRequest.Tunnel("[2606:4700:4700::1111]:443"), []);
        Assert.Equal([PublicV6], verdict.Addresses.ToArray());
    }

    [Theory]
    [InlineData("https://api.example.com/a?b", "api.example.com", "/a?b")]
    [InlineData("https://api.example.com:443", "api.example.com", "/")]
    [InlineData("http://api.example.com?q#f", "api.example.com", "/?q")]
    [InlineData("https://api.example.com#f", "api.example.com", "/")]
    [InlineData("http://api.example.com:443/", "api.example.com:443", "/")]
    [InlineData("https://[2606:4700:4700::1111]:80/x", "[2606:4700:4700::1111]:80", "/x")]
    public void Target_HoldsWhatIsSentUpstream(string url, string authority, string pathAndQuery)
    {
        Assert.True(EgressDecider.JudgeTarget(AnyHost, Request(url)).TryGetTarget(out var target, out _));
        Assert.Equal((authority, pathAndQuery), (target.Authority, target.PathAndQuery));
        Assert.DoesNotContain("?", target.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Budget_OfTheRequest_IsCappedByThePolicy()
    {
        var policy = Policy(options => options with { MaxResponseBytes = 1000 });
        long Budget(long? asked) =>
            EgressDecider.JudgeTarget(policy, Request() with { MaxResponseBytes = asked }).TryGetTarget(out var target, out _) ? target.MaxResponseBytes : 0;
        Assert.Equal((1000, 10, 1000, 0), (Budget(null), Budget(10), Budget(5000), Budget(-1)));
    }

    [Fact]
    public void Deny_WhatIsOnlySeenLater_KeepsHostAndFingerprint()
    {
        Assert.True(EgressDecider.JudgeTarget(Policy(), Request()).TryGetTarget(out var target, out _));
        EgressDenial[] denials =
        [
            new EgressDenial.CredentialMissing("authorization"), new EgressDenial.CredentialValue("authorization"), new EgressDenial.TunnelSni(ApiHost),
        ];
        Assert.Equal(
            ["egress.denied.credential_missing", "egress.denied.credential_value", "egress.denied.tunnel_sni"],
            denials.Select(denial => EgressVerdict.Deny(target, denial).ReasonCode));
        Assert.Equal(target.RequestFingerprint, EgressVerdict.Deny(target, denials[0]).RequestFingerprint);
        Assert.Equal("egress.denied.dns_failed", EgressDecider.JudgeResolutionFailure(target, "Too slow.").ReasonCode);
    }

    [Fact]
    public void JudgeAddresses_MoreThanTheLimit_CountsAsFailedResolution()
    {
        Assert.True(EgressDecider.JudgeTarget(Policy(), Request()).TryGetTarget(out var target, out _));
        var answer = Enumerable.Repeat(Public, EgressDecider.MaxAddresses + 1).ToArray();
        Assert.Equal("egress.denied.dns_failed", EgressDecider.JudgeAddresses(target, answer).ReasonCode);
        Assert.True(EgressDecider.JudgeAddresses(target, answer.AsSpan(1)).Allowed);
    }

    [Fact]
    public void InjectedHeaderNames_OfAnAllowedVerdict_AreTheBindings() => Assert.Equal(
        ["authorization"],
        EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding("Authorization"), Binding("authorization")] }, [Public]).InjectedHeaderNames.ToArray());

    [Fact]
    public void Fingerprint_OfSpellingsOfOneRequest_IsTheSame()
    {
        var texts = new[] { "https://API.example.com", "HTTPS://api.example.com.:443/", "https://api.example.com/#x" };
        Assert.Single(texts.Select(url => EgressDecider.Judge(Policy(), Request(url), [Public]).RequestFingerprint).Distinct());
    }

    [Fact]
    public void Fingerprint_OfAnEndlessUrl_IsBounded()
    {
        var one = EgressDecider.Judge(Policy(), Request("https://a/" + new string('x', 100_000)), []);
        var two = EgressDecider.Judge(Policy(), Request("https://a/" + new string('x', 100_001)), []);
        Assert.NotEqual(one.RequestFingerprint, two.RequestFingerprint);
    }
}
