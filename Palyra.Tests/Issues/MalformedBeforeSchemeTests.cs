using Palyra.Domain.Egress;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Whether a URL is well-formed is asked before what its scheme is; for other schemes than http and https it was not asked at all.</summary>
public class MalformedBeforeSchemeTests
{
    [Theory]
    [InlineData("ftp://api.example.com:abc/", "egress.denied.invalid_url")]
    [InlineData("ftp://user@api.example.com:abc/", "egress.denied.invalid_url")]
    [InlineData("ftp://[::1/", "egress.denied.invalid_url")]
    [InlineData("ftp://[::1].api.example.com/", "egress.denied.invalid_url")]
    [InlineData("ftp://api.example.com/", "egress.denied.unsupported_scheme")]
    [InlineData("ftp://user:secret@api.example.com:21/", "egress.denied.unsupported_scheme")]
    [InlineData("ftp://[::1]:21/", "egress.denied.unsupported_scheme")]
    [InlineData("ftp:///etc/passwd", "egress.denied.unsupported_scheme")]
    [InlineData("mailto:someone@example.com", "egress.denied.unsupported_scheme")]
    public void Judge_OtherScheme_TellsTheEarlierFault(string url, string code) =>
        Assert.Equal(code, EgressDecider.Judge(EgressRequests.AnyHost, EgressRequests.Request(url), [EgressRequests.Public]).ReasonCode);
}
