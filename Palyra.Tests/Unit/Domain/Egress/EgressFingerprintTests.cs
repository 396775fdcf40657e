using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress;

/// <summary>The fingerprint, framed once more by hand from its description.</summary>
public class EgressFingerprintTests
{
    [Fact]
    public void Of_RequestWithEverything_IsTheDocumentedHash()
    {
        var policy = EgressPolicy.Compile(new EgressPolicyOptions
        {
            AllowedHosts = ["b.example", "API.example.com", "b.example"],
            AllowedDnsSuffixes = [".z.example"],
            AllowPrivateTargets = true,
            MaxResponseBytes = 258,
        });
        var request = Request("https://API.example.com.?q=1") with
        {
            CredentialBindings = [Binding("X-Key", "tools/api", required: false, origins: ["https://b.example:8443", "api.example.com"])],
        };

        byte[] secret = SHA256.HashData([.. Field([1]), .. Field("tools/api")]);
        byte[] binding = [.. Field("x-key"), .. Field(secret), .. Field([0]), .. Count(2), .. Field("https://api.example.com:443"), .. Field("https://b.example:8443")];
        byte[] framed =
        [
            .. Field("palyra.egress.request.v2"),
            .. Field("GET"),
            .. Field("https://api.example.com:443/?q=1"),
            .. Field([1]),
            .. Field([0, 0, 0, 0, 0, 0, 1, 2]),
            .. Field(SHA256.HashData([.. Count(2), .. Field("api.example.com"), .. Field("b.example")])),
            .. Field(SHA256.HashData([.. Count(1), .. Field("z.example")])),
            .. Count(1),
            .. Field(binding),
        ];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(framed)), EgressDecider.Judge(policy, request, []).RequestFingerprint);
    }

    [Theory]
    [InlineData("GET", "https://api.example.com/", "GETh", "ttps://api.example.com/")]
    [InlineData("GET", "https://api.example.com/a", "GET", "https://api.example.com/A")]
    [InlineData("GET", "https://api.example.com/", "GET", "http://api.example.com:443/")]
    public void Of_TextsThatRunIntoEachOther_Differ(string method, string url, string otherMethod, string otherUrl) => Assert.NotEqual(
        EgressDecider.Judge(Policy(), Request(url, method), []).RequestFingerprint,
        EgressDecider.Judge(Policy(), Request(otherUrl, otherMethod), []).RequestFingerprint);

    [Fact]
    public void Of_EntryMovedBetweenTheLists_Differs()
    {
        string? Of(string[] hosts, string[] suffixes) => EgressDecider.Judge(
            EgressPolicy.Compile(new EgressPolicyOptions { AllowedHosts = hosts, AllowedDnsSuffixes = suffixes }), Request(), []).RequestFingerprint;
        string?[] all = [Of(["a.b", "c"], []), Of(["a", "b.c"], []), Of(["a.b"], ["c"]), Of([], ["a.b", "c"]), Of(["a.b.c"], []), Of([], [])];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void Of_V6Literal_StandsInBrackets() => Assert.Equal(
        Of("https://[2606:4700:4700::1111]:443/x"), EgressDecider.Judge(AnyHost, Request("https://[2606:4700:4700:0::1111]/x"), []).RequestFingerprint);

    [Theory]
    [InlineData(EgressUrl.MaxLength, "")]
    [InlineData(EgressUrl.MaxLength + 1, "…8193")]
    public void Of_UrlThatCannotBeRead_IsItsBeginningAndLength(int length, string suffix)
    {
        var url = "https://not a host/".PadRight(length, 'x');
        Assert.Equal(Of(url[..EgressUrl.MaxLength] + suffix), EgressDecider.Judge(Policy(), Request(url), []).RequestFingerprint);
    }

    [Fact]
    public void Of_NoUrl_IsTheEmptyText() => Assert.Equal(Of(""), EgressDecider.Judge(Policy(), Request(null!), []).RequestFingerprint);

    [Fact]
    public void Of_RefusedBudget_IsTheUrlAsGiven()
    {
        string? Refused(string url) => EgressDecider.Judge(Policy(), Request(url) with { MaxResponseBytes = 0 }, []).RequestFingerprint;
        Assert.NotEqual(Refused("https://a.example/"), Refused("https://b.example/"));
    }

    [Fact]
    public void Of_DeniedAfterTheUrlWasRead_IsTheSameInEverySpelling()
    {
        string? Refused(string url) => EgressDecider.Judge(Policy(), Request(url), []).RequestFingerprint;
        Assert.Equal(Refused("https://evil.example:443/"), Refused("HTTPS://EVIL.example"));
    }

    [Fact]
    public void Of_BindingRequiredOrNot_Differs()
    {
        string? With(bool required) => EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding(required: required)] }, []).RequestFingerprint;
        Assert.NotEqual(With(true), With(false));
    }

    [Fact]
    public void Digests_OfAPolicyWithinAnother_FrameBothInOrder()
    {
        var inner = Policy(options => options with { AllowedDnsSuffixes = ["a.example"] });
        var outer = Policy(options => options with { AllowedHosts = ["b.example"] });
        var both = inner.Within(outer);
        Assert.Equal(SHA256.HashData([.. Field([.. inner.HostsDigest]), .. Field([.. outer.HostsDigest])]), both.HostsDigest);
        Assert.Equal(SHA256.HashData([.. Field([.. inner.SuffixesDigest]), .. Field([.. outer.SuffixesDigest])]), both.SuffixesDigest);
    }

    // A GET of this URL as judged, under the policy of the builders, without credentials.
    private static string Of(string url) => Convert.ToHexStringLower(SHA256.HashData(
    [
        .. Field("palyra.egress.request.v2"),
        .. Field("GET"),
        .. Field(url),
        .. Field([0]),
        .. Field([0, 0, 0, 0, 0, 0x80, 0, 0]),
        .. Field(SHA256.HashData([.. Count(1), .. Field(ApiHost)])),
        .. Field(SHA256.HashData(Count(0))),
        .. Count(0),
    ]));

    private static byte[] Count(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Field(byte[] bytes) => [.. Count(bytes.Length), .. bytes];

    private static byte[] Field(string text) => Field(Encoding.UTF8.GetBytes(text));
}
