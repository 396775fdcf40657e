using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress.Policies;

public class EgressPolicyTests
{
    [Fact]
    public void Compile_EntriesThatAreNoHost_MatchNothingAndAreNamed()
    {
        var policy = EgressPolicy.Compile(new EgressPolicyOptions
        {
            AllowedHosts = ["*", "", "api.example.com:443", "https://api.example.com", "127.1", " api.example.com", ApiHost],
            AllowedDnsSuffixes = ["", ".", "..example.com", "*.example.com", "93.184.216.34", "34"],
        });
        Assert.Equal(6 + 6, policy.UnusableEntries.Length);
        Assert.True(EgressDecider.Judge(policy, Request(), [Public]).Allowed);
        Assert.False(EgressDecider.Judge(policy, Request("https://x.example.com/"), [Public]).Allowed);
        Assert.False(EgressDecider.Judge(policy, Request("https://93.184.216.34/"), []).Allowed);
    }

    [Theory]
    [InlineData("API.EXAMPLE.COM.", "https://api.example.com/")]
    [InlineData("2606:4700:4700:0::1111", "https://[2606:4700:4700::1111]/")]
    [InlineData("[2606:4700:4700::1111]", "https://[2606:4700:4700:0:0:0:0:1111]/")]
    [InlineData("93.184.216.34", "https://93.184.216.34./")]
    public void Compile_OtherSpellingsOfAHost_MatchIt(string entry, string url) =>
        Assert.True(EgressDecider.Judge(Policy(options => options with { AllowedHosts = [entry] }), Request(url), [Public]).Allowed);

    [Theory]
    [InlineData("example.com", "https://example.com/", true)]
    [InlineData(".example.com", "https://a.example.com/", true)]
    [InlineData("EXAMPLE.com.", "https://a.b.example.com/", true)]
    [InlineData("com", "https://example.com/", true)]
    [InlineData("example.com", "https://xexample.com/", false)]
    [InlineData("a.example.com", "https://example.com/", false)]
    public void Compile_Suffix_MatchesOnLabelBoundaries(string suffix, string url, bool expected) => Assert.Equal(
        expected, EgressDecider.Judge(EgressPolicy.Compile(new EgressPolicyOptions { AllowedDnsSuffixes = [suffix] }), Request(url), [Public]).Allowed);

    [Fact]
    public void Compile_EmptyPortsOrMethods_AllowNone()
    {
        Assert.Equal("egress.denied.port_not_allowed", EgressDecider.Judge(Policy(options => options with { AllowedPorts = [] }), Request(), [Public]).ReasonCode);
        Assert.Equal("egress.denied.method_not_allowed", EgressDecider.Judge(Policy(options => options with { AllowedMethods = [] }), Request(), [Public]).ReasonCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public void Compile_NothingSaid_AllowsTheUsualMethodsOnTheUsualPorts(string method)
    {
        Assert.True(EgressDecider.Judge(Policy(), Request(method: method), [Public]).Allowed);
        Assert.True(EgressDecider.Judge(Policy(), Request("http://api.example.com/", method), [Public]).Allowed);
    }

    [Fact]
    public void Compile_OtherMethodsAndPorts_AllowThoseAndNoOthers()
    {
        var policy = Policy(options => options with { AllowedMethods = ["QUERY", "not a token"], AllowedPorts = [8443, 0, 70_000] });
        Assert.True(EgressDecider.Judge(policy, Request("https://api.example.com:8443/", "QUERY"), [Public]).Allowed);
        Assert.False(EgressDecider.Judge(policy, Request("https://api.example.com:8443/"), [Public]).Allowed);
        Assert.False(EgressDecider.Judge(policy, Request("https://api.example.com:8443/", "not a token"), [Public]).Allowed);
        Assert.Equal("egress.denied.port_not_allowed", EgressDecider.Judge(policy, Request("https://api.example.com:0/", "QUERY"), [Public]).ReasonCode);
    }

    [Fact]
    public void Within_Another_TakesTheStricterOfEverything()
    {
        var inner = Policy(options => options with { MaxResponseBytes = 100, AllowPrivateTargets = true, AllowOpaqueTunnels = true, AllowedHosts = [ApiHost, "*"] });
        var outer = Policy(options => options with { AllowAnyHost = true, MaxResponseBytes = 50, AllowOpaqueTunnels = true, AllowTunnels = false, AllowedHosts = ["?"] });
        var both = inner.Within(outer);
        Assert.Equal((50, false, false, true), (both.MaxResponseBytes, both.AllowPrivateTargets, both.AllowTunnels, both.AllowOpaqueTunnels));
        Assert.Equal(["*", "?"], both.UnusableEntries.ToArray());
        Assert.True(EgressDecider.Judge(both, Request(), [Public]).Allowed);
        Assert.False(EgressDecider.Judge(both, Request("https://other.example/"), [Public]).Allowed);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Within_AnotherThatDiffersOnOpaqueTunnels_AllowsNone(bool inner, bool outer) => Assert.False(
        Policy(options => options with { AllowOpaqueTunnels = inner }).Within(Policy(options => options with { AllowOpaqueTunnels = outer })).AllowOpaqueTunnels);

    [Theory]
    [InlineData(1, "egress.allowed")]
    [InlineData(65_535, "egress.allowed")]
    [InlineData(0, "egress.denied.port_not_allowed")]
    [InlineData(65_536, "egress.denied.port_not_allowed")]
    public void Compile_PortsAtAndBeyondTheirRange_AllowThoseInIt(int port, string code) => Assert.Equal(
        code, EgressDecider.Judge(Policy(options => options with { AllowedPorts = [port] }), Request($"https://api.example.com:{port}/"), [Public]).ReasonCode);

    [Fact]
    public void Compile_LongestSuffix_MatchesTheLongestHost()
    {
        var name = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        Assert.Equal(253, name.Length);
        Assert.True(EgressDecider.Judge(EgressPolicy.Compile(new EgressPolicyOptions { AllowedDnsSuffixes = [name] }), Request($"https://{name}/"), [Public]).Allowed);
    }

    [Fact]
    public void DenyAll_DeniesEverything() => Assert.False(EgressDecider.Judge(EgressPolicy.DenyAll, Request(), [Public]).Allowed);

    [Fact]
    public void Compile_NothingSaidOfTunnels_LetsThemThroughAndKeepsThemToTls()
    {
        var policy = EgressPolicy.Compile(new EgressPolicyOptions());
        Assert.Equal((true, false), (policy.AllowTunnels, policy.AllowOpaqueTunnels));
    }
}
