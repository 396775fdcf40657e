using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress;

public class EgressDeciderTests
{
    [Fact]
    public void Judge_EveryCheckPasses_AllowsAndPins()
    {
        var verdict = EgressDecider.Judge(Policy(), Request(), [Public, PublicV6, Public]);
        Assert.True(verdict.Allowed);
        Assert.Equal("egress.allowed", verdict.ReasonCode);
        Assert.Equal([Public, PublicV6], verdict.Addresses.ToArray());
        Assert.Equal(ApiHost, verdict.Host);
        Assert.Equal(443, verdict.Port);
        Assert.Equal(64, verdict.RequestFingerprint!.Length);
    }

    [Fact]
    public void Default_Verdict_Denies()
    {
        var verdict = default(EgressVerdict);
        Assert.False(verdict.Allowed);
        Assert.Equal("egress.denied.undecided", verdict.ReasonCode);
        Assert.False(default(EgressJudgement).TryGetTarget(out _, out _));
    }

    [Fact]
    public void Judge_EmptyPolicy_AllowsNothing() =>
        Assert.Equal("egress.denied.host_not_allowlisted", EgressDecider.Judge(EgressPolicy.DenyAll, Request(), [Public]).ReasonCode);

    [Theory]
    [InlineData("", "egress.denied.invalid_url")]
    [InlineData("//api.example.com/", "egress.denied.invalid_url")]
    [InlineData("https:/api.example.com/", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com\\@evil.example/", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/ x", "egress.denied.invalid_url")]
    [InlineData("https://ａpi.example.com/", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com:abc/", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com:/", "egress.denied.invalid_url")]
    [InlineData("https://[::1].example.com/", "egress.denied.invalid_url")]
    [InlineData("https://[fe80::1%25eth0]/", "egress.denied.invalid_url")]
    [InlineData("https://api..example.com/", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com../", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/%zz", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/%", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/%4", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/%4z", "egress.denied.invalid_url")]
    [InlineData("https://api.example.com/%41%", "egress.denied.invalid_url")]
    [InlineData("ht_tp://api.example.com/", "egress.denied.invalid_url")]
    [InlineData("x:anything", "egress.denied.unsupported_scheme")]
    [InlineData("x:", "egress.denied.unsupported_scheme")]
    [InlineData("a+b://api.example.com/", "egress.denied.unsupported_scheme")]
    [InlineData("a-b://api.example.com/", "egress.denied.unsupported_scheme")]
    [InlineData("a.b://api.example.com/", "egress.denied.unsupported_scheme")]
    [InlineData("1a://api.example.com/", "egress.denied.invalid_url")]
    [InlineData("file:///etc/passwd", "egress.denied.unsupported_scheme")]
    [InlineData("https://user@api.example.com/", "egress.denied.url_credentials")]
    [InlineData("https://@api.example.com/", "egress.denied.url_credentials")]
    [InlineData("https://api.example.com@evil.example/", "egress.denied.url_credentials")]
    [InlineData("https:///path", "egress.denied.missing_host")]
    [InlineData("https://:443/", "egress.denied.missing_host")]
    [InlineData("https://./", "egress.denied.missing_host")]
    [InlineData("https://api.example.com:0/", "egress.denied.port_not_allowed")]
    [InlineData("https://api.example.com:65536/", "egress.denied.port_not_allowed")]
    [InlineData("https://api.example.com:0443/", "egress.denied.port_not_allowed")]
    [InlineData("https://api.example.com:8443/", "egress.denied.port_not_allowed")]
    [InlineData("https://0x7f000001/", "egress.denied.non_canonical_ip")]
    [InlineData("https://2130706433/", "egress.denied.non_canonical_ip")]
    [InlineData("https://0177.0.0.1/", "egress.denied.non_canonical_ip")]
    [InlineData("https://127.1/", "egress.denied.non_canonical_ip")]
    [InlineData("https://127.000.0.1/", "egress.denied.non_canonical_ip")]
    [InlineData("https://api.example.0x7f/", "egress.denied.non_canonical_ip")]
    [InlineData("https://api.example.0x/", "egress.denied.non_canonical_ip")]
    [InlineData("https://evil.example/", "egress.denied.host_not_allowlisted")]
    [InlineData("https://sub.api.example.com/", "egress.denied.host_not_allowlisted")]
    public void Judge_BadUrl_RefusesWithItsCode(string url, string code) =>
        Assert.Equal(code, EgressDecider.Judge(Policy(), Request(url), [Public]).ReasonCode);

    [Theory]
    [InlineData("HTTPS://API.EXAMPLE.COM/")]
    [InlineData("https://api.example.com")]
    [InlineData("https://api.example.com.")]
    [InlineData("https://api.example.com?q")]
    [InlineData("https://api.example.com/%41")]
    [InlineData("https://api.example.com/a%5Ab%5a?%41#%41")]
    [InlineData("https://api.example.com:443/#fragment")]
    [InlineData("http://api.example.com:80/a/../b;c?d={e}|f")]
    public void Judge_OtherSpellings_AreTheSameHost(string url)
    {
        var verdict = EgressDecider.Judge(Policy(), Request(url), [Public]);
        Assert.True(verdict.Allowed);
        Assert.Equal(ApiHost, verdict.Host);
    }

    [Theory]
    [InlineData("https://host.ax1/")]
    [InlineData("https://host.0xzz/")]
    [InlineData("https://host.0y1/")]
    public void Judge_LastLabelThatOnlyLooksLikeANumber_IsAName(string url) => Assert.True(EgressDecider.Judge(AnyHost, Request(url), [Public]).Allowed);

    [Theory]
    [InlineData(EgressUrl.MaxLength, "egress.allowed")]
    [InlineData(EgressUrl.MaxLength + 1, "egress.denied.invalid_url")]
    public void Judge_UrlAtAndOverItsLength(int length, string code) =>
        Assert.Equal(code, EgressDecider.Judge(Policy(), Request("https://api.example.com/".PadRight(length, 'x')), [Public]).ReasonCode);

    [Theory]
    [InlineData(63, 61, "egress.allowed")]
    [InlineData(63, 62, "egress.denied.invalid_url")]
    [InlineData(64, 1, "egress.denied.invalid_url")]
    public void Judge_HostAtAndOverItsLengths(int label, int last, string code)
    {
        var host = string.Join('.', new string('a', label), new string('b', 63), new string('c', 63), new string('d', last));
        Assert.Equal(code, EgressDecider.Judge(AnyHost, Request($"https://{host}/"), [Public]).ReasonCode);
    }

    [Fact]
    public void Judge_DeniedAfterTheUrlWasRead_NamesHostPortAndCheck()
    {
        var verdict = EgressDecider.Judge(Policy(), Request("https://api.example.com:8443/"), [Public]);
        Assert.Equal((ApiHost, 8443, EgressCheck.Port), (verdict.Host, verdict.Port, verdict.Check));
        Assert.Equal(verdict.Denial!.Detail, verdict.Message);
    }

    [Theory]
    [InlineData(0, ApiUrl, EgressCheck.ResponseBudget)]
    [InlineData(1, "https://api.example.com:443x/", EgressCheck.Url)]
    public void Judge_DeniedBeforeTheUrlWasRead_NamesNoHost(long budget, string url, EgressCheck check)
    {
        var verdict = EgressDecider.Judge(Policy(), Request(url) with { MaxResponseBytes = budget }, [Public]);
        Assert.Equal((null, 0, check), (verdict.Host, verdict.Port, verdict.Check));
    }

    [Fact]
    public void Judge_Allowed_SaysThatEveryCheckPassed()
    {
        var verdict = EgressDecider.Judge(Policy(), Request(), [Public]);
        Assert.Equal((EgressCheck.Passed, "Every check passed."), (verdict.Check, verdict.Message));
    }

    [Fact]
    public void Judge_PrivateLiteralThatIsNotAllowlisted_IsRefusedAsNotAllowlisted() =>
        Assert.Equal("egress.denied.host_not_allowlisted", EgressDecider.Judge(Policy(), Request("https://10.0.0.1/"), []).ReasonCode);

    [Theory]
    [InlineData("metadata.google.internal")]
    [InlineData("METADATA")]
    [InlineData("instance-data.")]
    public void Judge_NameOfAPlatformEndpoint_IsRefusedWhateverItResolvesTo(string host) =>
        Assert.Equal("egress.denied.private_target", EgressDecider.Judge(AnyHost, Request($"http://{host}/"), [Public]).ReasonCode);

    [Fact]
    public void Judge_Denied_InjectsNoHeader() =>
        Assert.Empty(EgressDecider.Judge(Policy(), Request("https://evil.example/") with { CredentialBindings = [Binding()] }, [Public]).InjectedHeaderNames);
}
