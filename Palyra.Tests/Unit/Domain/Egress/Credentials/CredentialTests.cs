using System.Text;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress.Credentials;

public class CredentialTests
{
    [Theory]
    [InlineData("authorization")]
    [InlineData("Authorization")]
    [InlineData("Cookie")]
    [InlineData("X-Api-Key")]
    [InlineData("x-a")]
    [InlineData("x-forwarded")]
    [InlineData("private-token")]
    [InlineData("a-token")]
    [InlineData("openai-api-key")]
    public void IsAllowed_CredentialHeader_Allows(string name) => Assert.True(CredentialHeader.IsAllowed(name));

    [Fact]
    public void IsAllowed_LongestName_AllowsAndOneMoreRefuses()
    {
        Assert.True(CredentialHeader.IsAllowed("x-" + new string('a', CredentialHeader.MaxLength - 2)));
        Assert.False(CredentialHeader.IsAllowed("x-" + new string('a', CredentialHeader.MaxLength - 1)));
        Assert.False(CredentialHeader.IsAllowed(null));
    }

    [Theory]
    [InlineData("x-forwarded-for")]
    [InlineData("x-forwarded-")]
    [InlineData("X-FORWARDED-PROTO")]
    [InlineData("x-real-ip")]
    [InlineData("x-real_ip")]
    [InlineData("x-original-host")]
    [InlineData("x-rewrite-url")]
    [InlineData("x-http-method")]
    [InlineData("x-http-methods")]
    [InlineData("x-method-override")]
    [InlineData("proxy-authorization")]
    [InlineData("-api-key")]
    [InlineData("token")]
    [InlineData("api-key")]
    [InlineData("cookie2")]
    [InlineData("authorization ")]
    [InlineData("x-a:b")]
    [InlineData("x-")]
    [InlineData("-token")]
    public void IsAllowed_AnythingElse_Refuses(string name) => Assert.False(CredentialHeader.IsAllowed(name));

    [Theory]
    [InlineData("api.example.com", "https://api.example.com:443")]
    [InlineData("API.example.com.", "https://api.example.com:443")]
    [InlineData("api.example.com:8443", "https://api.example.com:8443")]
    [InlineData("http://api.example.com", "http://api.example.com:80")]
    [InlineData("https://api.example.com/", "https://api.example.com:443")]
    [InlineData("https://[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443")]
    [InlineData("93.184.216.34", "https://93.184.216.34:443")]
    public void TryParse_Origin_IsReadInFull(string text, string printed)
    {
        Assert.True(CredentialOrigin.TryParse(text, out var origin));
        Assert.Equal(printed, origin.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.example.com")]
    [InlineData("ftp://api.example.com")]
    [InlineData("https://api.example.com/v1")]
    [InlineData("https://api.example.com?x")]
    [InlineData("https://api.example.com#")]
    [InlineData("https://u@api.example.com")]
    [InlineData("https://api.example.com:0")]
    [InlineData("https://127.1")]
    [InlineData("https://")]
    public void TryParse_NoOrigin_Refuses(string? text)
    {
        Assert.False(CredentialOrigin.TryParse(text, out var origin));
        Assert.Equal("", origin.ToString());
        Assert.Equal("", origin.Host);
    }

    [Fact]
    public void TryParse_EndlessOrigin_Refuses() => Assert.False(CredentialOrigin.TryParse("https://" + new string('a', 1000), out _));

    [Theory]
    [InlineData("Bearer abc.def-ghi", true)]
    [InlineData("a", true)]
    [InlineData("~!", true)]
    [InlineData("", false)]
    [InlineData(" a", false)]
    [InlineData("a ", false)]
    [InlineData("a\n", false)]
    [InlineData("a\r\nX: y", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\tb", false)]
    [InlineData("a\u007f", false)]
    [InlineData("ä", false)]
    public void IsInjectable_Value_OnlyVisibleAscii(string value, bool expected) => Assert.Equal(expected, CredentialText.IsInjectable(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void IsInjectable_LongestValue_AllowsAndOneMoreRefuses()
    {
        Assert.True(CredentialText.IsInjectable(Encoding.ASCII.GetBytes(new string('a', CredentialText.MaxBytes))));
        Assert.False(CredentialText.IsInjectable(Encoding.ASCII.GetBytes(new string('a', CredentialText.MaxBytes + 1))));
    }

    [Theory]
    [InlineData("scope/key")]
    [InlineData("scope/a/b#field")]
    [InlineData("ä/ö")]
    public void Reference_ScopeAndKey_IsAVaultPath(string path)
    {
        var reference = SecretReference.Vault(path);
        Assert.True(reference.IsVaultPath);
        Assert.Equal($"Vault:{path}", reference.ToString());
    }

    [Fact]
    public void Reference_LongestPath_IsCountedInBytes()
    {
        Assert.True(SecretReference.Vault("a/" + new string('b', 510)).IsVaultPath);
        Assert.False(SecretReference.Vault("a/" + new string('b', 511)).IsVaultPath);
        Assert.False(SecretReference.Vault("a/" + new string('ä', 256)).IsVaultPath);
    }

    [Fact]
    public void Reference_WithoutPath_IsNoVaultPath()
    {
        Assert.False(new SecretReference(SecretKind.Vault, null!).IsVaultPath);
        Assert.False(SecretReference.Vault("").IsVaultPath);
    }

    [Theory]
    [InlineData("scope/a\u0001b")]
    [InlineData("scope/a\nb")]
    [InlineData("scope/\ud83d\ude00")]
    [InlineData("scope\\key/a")]
    [InlineData("scope//key")]
    [InlineData("/key")]
    [InlineData("scope/")]
    [InlineData("scope/ ")]
    [InlineData("scope/./key")]
    [InlineData("scope/../key")]
    [InlineData("scope/..")]
    public void Reference_PathThatCouldReadAsAnother_IsNoVaultPath(string path) => Assert.False(SecretReference.Vault(path).IsVaultPath);

    [Theory]
    [InlineData("http://api.example.com:443")]
    [InlineData("https://api.example.com:80")]
    [InlineData("https://other.example.com")]
    public void Judge_BindingOfAnotherOrigin_Refuses(string origin) => Assert.Equal(
        "egress.denied.credential_origin", EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding(origins: origin)] }, [Public]).ReasonCode);

    [Fact]
    public void Judge_TwoCredentialsForOneHeader_Refuses() => Assert.Equal(
        "egress.denied.invalid_credential_header",
        EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding(path: "tools/a"), Binding(path: "tools/b")] }, [Public]).ReasonCode);

    [Fact]
    public void Judge_TwoCredentialsForHeadersThatManyOriginsTakeForOne_Refuses() => Assert.Equal(
        "egress.denied.invalid_credential_header",
        EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding("x-a-b", path: "tools/a"), Binding("x-a_b", path: "tools/b")] }, [Public]).ReasonCode);

    [Fact]
    public void Binding_HeaderName_IsFoldedInItsLettersOnly() => Assert.Equal("x-a_b^~", Binding("X-A_B^~").HeaderName);

    [Fact]
    public void AllowedOrigins_OfABinding_AreTheOriginsAmongTheTextsOnceEach() => Assert.Equal(
        ["https://api.example.com:443", "http://b.example:80"],
        Binding(origins: ["*", "api.example.com", "https://API.example.com/", "http://b.example", "b.example/path"]).AllowedOrigins.Select(origin => origin.ToString()));

    [Fact]
    public void Judge_TheSameBindingTwice_IsOneBinding() =>
        Assert.True(EgressDecider.Judge(Policy(), Request() with { CredentialBindings = [Binding(), Binding()] }, [Public]).Allowed);

    [Fact]
    public void Judge_ManyBindings_UpToTheLimit()
    {
        EgressVerdict Judge(int count) => EgressDecider.Judge(
            Policy(), Request() with { CredentialBindings = [.. Enumerable.Range(0, count).Select(i => Binding($"x-{i}"))] }, [Public]);
        Assert.True(Judge(32).Allowed);
        Assert.Equal("egress.denied.invalid_credential_header", Judge(33).ReasonCode);
    }

    [Fact]
    public void Judge_HttpOriginWrittenOut_Allows() =>
        Assert.True(EgressDecider.Judge(Policy(), Request("http://api.example.com/") with { CredentialBindings = [Binding(origins: "http://api.example.com")] }, [Public]).Allowed);

    [Fact]
    public void Binding_Printed_NamesHeaderAndReferenceOnly() => Assert.Equal("authorization from Vault:tools/api", Binding().ToString());
}
