using System.Text;
using Palyra.Domain.Capabilities;

namespace Palyra.Tests.Unit.Domain.Capabilities;

public class PayloadSummaryTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("   \n\t ", null)]
    [InlineData("plain text", "plain text")]
    [InlineData("  padded  ", "padded")]
    [InlineData("""{"a":1,"b":[true,null,"x"],"c":{}}""", """{"a":1,"b":[true,null,"x"],"c":{}}""")]
    [InlineData("""{ "a" : 1 }""", """{"a":1}""")]
    [InlineData("""{"password":"hunter2","user":"bob"}""", """{"password":"<redacted>","user":"bob"}""")]
    [InlineData("""{"DB_PASSWD":"hunter2"}""", """{"DB_PASSWD":"<redacted>"}""")]
    [InlineData("""{"x":{"clientSecret":{"a":["hunter2"]},"y":2}}""", """{"x":{"clientSecret":"<redacted>","y":2}}""")]
    [InlineData("""{"credentials":["a","hunter2"],"z":1}""", """{"credentials":"<redacted>","z":1}""")]
    [InlineData("""{"pass\u0077ord":"hunter2"}""", """{"password":"<redacted>"}""")]
    [InlineData("""{"n":12,"api_key":12345}""", """{"n":12,"api_key":"<redacted>"}""")]
    [InlineData("""{"x-api-key":"hunter2"}""", """{"x-api-key":"<redacted>"}""")]
    [InlineData("""{"apikey":null,"privateKey":"hunter2"}""", """{"apikey":"<redacted>","privateKey":"<redacted>"}""")]
    [InlineData("""{"header":"Authorization: Bearer hunter2"}""", """{"header":"Authorization: <redacted>"}""")]
    [InlineData("""{"cmd":"curl -H 'x' --token=hunter2 next"}""", """{"cmd":"curl -H 'x' --token=<redacted> next"}""")]
    [InlineData("Bearer hunter2.abc", "Bearer <redacted>")]
    [InlineData("use basic aHVudGVyMg== now", "use basic <redacted> now")]
    [InlineData("https://bob:hunter2@example.com:8443/a/hunter2?q=hunter2#f", "https://<redacted>@example.com:8443/<redacted>")]
    [InlineData("https://example.com/hunter2", "https://example.com/<redacted>")]
    [InlineData("https://example.com?key=hunter2", "https://example.com?<redacted>")]
    [InlineData("https://example.com/", "https://example.com/")]
    [InlineData("https://example.com", "https://example.com")]
    [InlineData("see https://[::1]:8080/hunter2 now", "see https://[::1]:8080/<redacted> now")]
    [InlineData("https://bob:hun/ter2@example.com/", "https://<redacted>/<redacted>")]
    [InlineData("see x:// a/b", "see x:// a/b")]
    [InlineData("https://bob:hunter2", "https://<redacted>")]
    [InlineData("https://:hunter2/", "https://<redacted>/")]
    [InlineData("https://:8080/", "https://:8080/")]
    [InlineData("https://[::1]/hunter2", "https://[::1]/<redacted>")]
    [InlineData("https://[::1]:hunter2/", "https://<redacted>/")]
    [InlineData("a bearer & a coat", "a bearer & a coat")]
    [InlineData("the lost token", "the lost token")]
    [InlineData("the bearer's coat", "the bearer's coat")]
    [InlineData("token=", "token=<redacted>")]
    [InlineData("a=1&token=&b=2", "a=1&token=<redacted>&b=2")]
    [InlineData("token=\"hunter2", "token=<redacted>")]
    [InlineData("password=\"hun\\\"ter2\" rest", "password=<redacted> rest")]
    [InlineData("Cookie: a=hunter2; b=hunter2\nok", "Cookie: <redacted>\nok")]
    [InlineData("password = \"hunter2 and more\" rest", "password = <redacted> rest")]
    [InlineData("a=1&token=hunter2&b=2", "a=1&token=<redacted>&b=2")]
    [InlineData("the token is not here", "the token is not here")]
    [InlineData("Authorization: Digest username=\"bob\", response=\"hunter2\"\nok", "Authorization: <redacted>\nok")]
    [InlineData("{broken \"secret\": hunter2 & hunter2", "{broken \"secret\": <redacted>")]
    [InlineData("Cookie: sid=\"hunter2\"", "Cookie: <redacted>")]
    [InlineData("Cookie: \"a\"; b=hunter2", "Cookie: <redacted>")]
    [InlineData("password=a,hunter2 rest", "password=<redacted> rest")]
    [InlineData("password=a<hunter2", "password=<redacted>")]
    [InlineData("password=a;hunter2&b=1", "password=<redacted>&b=1")]
    [InlineData("Bearer ab{hunter2} rest", "Bearer <redacted> rest")]
    [InlineData("{broken \"secret\": \"hunter2\"", "{broken \"secret\": <redacted>")]
    [InlineData("{\\\"secret\\\":\\\"hunter2\\\",\\\"a\\\":1}", "{\\\"secret\\\":<redacted>,\\\"a\\\":1}")]
    public void Of_Cases(string payload, string? expected) => Assert.Equal(expected?.Replace('\n', ' '), PayloadSummary.Of(Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void Of_ExactlyTheLimit_IsKept() => Assert.Equal(new string('x', 240), PayloadSummary.Of(Bytes(240)));

    [Fact]
    public void Of_OneOver_IsCutTo237AndDots() => Assert.Equal(new string('x', 237) + "...", PayloadSummary.Of(Bytes(241)));

    [Fact]
    public void Of_JsonWhoseLastBracketIsOneOver_IsCut() => Assert.Equal(
        "[\"" + new string('x', 235) + "...", PayloadSummary.Of(Encoding.UTF8.GetBytes("[\"" + new string('x', 237) + "\"]")));

    [Fact]
    public void Of_JsonStringThatEndsBeyondWhatIsLookedAt_ShowsItsBeginning() => Assert.Equal(
        "\"" + new string('x', 236) + "...", PayloadSummary.Of(Encoding.UTF8.GetBytes("\"" + new string('x', 5000) + "\"")));

    [Theory]
    [InlineData(PayloadSummary.InspectedBytes, "token=<redacted>")]
    [InlineData(PayloadSummary.InspectedBytes + 1, "token=<redacted>...")]
    public void OfText_LongerThanWhatIsLookedAt_SaysThatItIsCut(int length, string expected) =>
        Assert.Equal(expected, PayloadSummary.OfText("token=".PadRight(length, 'x')));

    [Fact]
    public void Of_SixteenMebibytes_LooksAtTheBeginningOnly() => Assert.Equal(new string('x', 237) + "...", PayloadSummary.Of(Bytes(16 * 1024 * 1024)));

    [Fact]
    public void Of_NothingButSpaceInWhatIsLookedAt_SaysThatThereIsMore() =>
        Assert.Equal("...", PayloadSummary.Of(Encoding.UTF8.GetBytes(new string(' ', PayloadSummary.InspectedBytes + 1))));

    [Fact]
    public void Of_CutInsideASurrogatePair_DropsTheWholeCharacter()
    {
        var text = new string('x', 236) + string.Concat(Enumerable.Repeat("\U0001F600", 10));

        Assert.Equal(new string('x', 236) + "...", PayloadSummary.Of(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Of_SecretLongerThanWhatIsLookedAt_IsStillHidden()
    {
        var payload = Encoding.UTF8.GetBytes($"{{\"password\":\"{new string('h', 100_000)}\"}}");

        Assert.DoesNotContain("hh", PayloadSummary.Of(payload), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_BytesThatAreNoText_ShowAsReplacement() => Assert.Equal("a\ufffd", PayloadSummary.Of([(byte)'a', 0xff]));

    [Fact]
    public void Of_ControlCharacters_NeverReachATerminal() =>
        Assert.DoesNotContain(PayloadSummary.Of("a\u001b[31mred\u0007"u8)!, char.IsControl);

    [Theory]
    [InlineData(null, null)]
    [InlineData(" ", null)]
    [InlineData("device refused: permission denied", "device refused: permission denied")]
    [InlineData("login failed for token=hunter2", "login failed for token=<redacted>")]
    public void OfText_Cases(string? text, string? expected) => Assert.Equal(expected, PayloadSummary.OfText(text));

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Array.Fill(bytes, (byte)'x');
        return bytes;
    }
}
