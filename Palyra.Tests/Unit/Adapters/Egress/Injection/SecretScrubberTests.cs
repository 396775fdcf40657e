using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Palyra.Adapters.Egress.Injection;

namespace Palyra.Tests.Unit.Adapters.Egress.Injection;

public sealed class SecretScrubberTests
{
    [Theory]
    [InlineData("a secret b", "a [redacted] b")]
    [InlineData("secretsecret", "[redacted][redacted]")]
    [InlineData("secre", "secre")]
    [InlineData("sesecret", "se[redacted]")]
    [InlineData("", "")]
    public void Scrub_WholeText_ReplacesEveryOccurrence(string text, string expected) => Assert.Equal(expected, Run([text], "secret"));

    [Fact]
    public void Scrub_OverlappingOccurrences_LeavesNoPartOfThem() => Assert.Equal("x[redacted]y", Run(["xabababy"], "abab"));

    [Fact]
    public void Scrub_LongerPatternWins_WhereBothBegin() => Assert.Equal("[redacted]", Run(["abcdef"], "abc", "abcdef"));

    [Fact]
    public void Scrub_ShorterPatternStands_WhereTheLongerOneBreaksOff() => Assert.Equal("[redacted]dxf", Run(["abcd", "xf"], "abc", "abcdef"));

    [Property(MaxTest = 300)]
    public void However_the_stream_is_cut_the_result_is_that_of_the_whole(byte[] choices, byte[] cuts)
    {
        // A tiny alphabet makes occurrences, near misses and overlaps frequent.
        var text = string.Concat((choices ?? []).Select(choice => "ab-c"[choice % 4]));
        string[] patterns = ["aba", "abab", "c"];
        var pieces = new List<string>();
        var rest = text;
        foreach (var cut in cuts ?? [])
        {
            var length = Math.Min(rest.Length, cut % 5);
            pieces.Add(rest[..length]);
            rest = rest[length..];
        }

        pieces.Add(rest);
        var whole = Run([text], patterns);
        Assert.Equal(whole, Run(pieces, patterns));
        Assert.DoesNotContain("aba", whole.Replace("[redacted]", "|", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ASecret_CatchesEveryShapeThatIsPromised()
    {
        const string secret = "p@ss/w+rd\"&=1234";
        var bytes = Encoding.Latin1.GetBytes(secret);
        var shapes = new[]
        {
            secret,
            Uri.EscapeDataString(secret),
            Uri.EscapeDataString(secret).ToLowerInvariant().Replace("%2f", "%2f", StringComparison.Ordinal),
            System.Net.WebUtility.UrlEncode(secret),
            System.Net.WebUtility.HtmlEncode(secret),
            System.Text.Json.JsonSerializer.Serialize(secret)[1..^1],
            "p@ss/w+rd\\\"&=1234",
            "p@ss\\/w+rd\\\"&=1234",
            Convert.ToHexString(bytes),
            Convert.ToHexStringLower(bytes),
        };
        foreach (var shape in shapes)
        {
            Assert.Equal("<[redacted]>", Scrub($"<{shape}>", secret));
        }
    }

    [Theory]
    [InlineData("kJ8/xQ%2B7v<&T\"=='9", "only the plus sign")]
    [InlineData("kJ8/xQ+7v<&T\"%3d%3D'9", "only the equals signs, in either case")]
    [InlineData("kJ8/xQ%2b7v%3C%26T%22%3D%3D%279", "quote of Python, which leaves the slash")]
    [InlineData("kJ8/xQ&#43;7v&lt;&amp;T&#34;==&#39;9", "html/template of Go")]
    [InlineData("kJ8/xQ+7v&lt;&amp;T&quot;==&#x27;9", "html.escape of Python")]
    [InlineData("kJ8/xQ&plus;7v&#0060;&#X26;T&quot;&equals;=&apos;9", "references of every kind")]
    [InlineData("kJ8\\/xQ+7v\\u003c\\u0026T\\\"==\\'9", "JSON of Go and Rails")]
    [InlineData("kJ8\\u002fxQ\\u002B7v<&T\\u0022==\\x279", "JSON and a script")]
    public void Of_ASecret_CatchesEveryMixtureOfEscapes(string escaped, string how)
    {
        Assert.NotEmpty(how);
        Assert.Equal("<[redacted]>", Scrub($"<{escaped}>", "kJ8/xQ+7v<&T\"=='9"));
    }

    [Theory]
    [InlineData("kJ8%2")]
    [InlineData("kJ8&#4")]
    [InlineData("kJ8&am;xyz")]
    [InlineData("kJ8\\u002")]
    [InlineData("kJ8%2Cabc")]
    [InlineData("kJ8&#44;abc")]
    public void Scrub_WhatIsNotTheSecret_StaysAsItIs(string text) => Assert.Equal(text, Scrub(text, "kJ8+abc"));

    [Property(MaxTest = 300)]
    public void However_a_secret_is_escaped_and_the_stream_is_cut_nothing_of_it_is_left(byte[] ways, byte[] cuts)
    {
        const string secret = @"%a\b&c +d;#25";
        string[] Escapes(char character) =>
        [
            $"{character}", $"%{(int)character:X2}", $"%{(int)character:x2}", $"\\u{(int)character:X4}", $"\\x{(int)character:x2}", $"&#{(int)character};", $"&#x{(int)character:x};",
            character == ' ' ? "+" : $"{character}",
        ];
        var text = string.Concat(secret.Select((character, at) => Escapes(character)[(ways ?? []).ElementAtOrDefault(at) % 8]));
        var pieces = new List<string>();
        var rest = $"<{text}>";
        foreach (var cut in cuts ?? [])
        {
            var length = Math.Min(rest.Length, cut % 7);
            pieces.Add(rest[..length]);
            rest = rest[length..];
        }

        using var scrubber = SecretForms.Scrubber([Encoding.Latin1.GetBytes(secret)]);
        Assert.Equal("<[redacted]>", Run([.. pieces, rest], scrubber));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_ASecretInBase64AtAnyAlignment_LeavesNothingToDecode(int before)
    {
        const string secret = "a-secret-of-some-length";
        var plain = Encoding.Latin1.GetBytes(new string('x', before) + secret + "tail");
        foreach (var encoded in new[] { Convert.ToBase64String(plain), System.Buffers.Text.Base64Url.EncodeToString(plain) })
        {
            var scrubbed = Scrub(encoded, secret);
            Assert.Contains("[redacted]", scrubbed, StringComparison.Ordinal);
            Assert.True(scrubbed.Replace("[redacted]", "", StringComparison.Ordinal).Length <= encoded.Length - (secret.Length * 8 / 6) + 2, scrubbed);
        }
    }

    [Theory]
    [InlineData("Bearer tok-en-1234", "the tok-en-1234 alone")]
    [InlineData("Basic dXNlcjpwYXNzd29yZA==", "user:password")]
    [InlineData("Basic dXNlcjpwYXNzd29yZA==", "password")]
    [InlineData("sid=abcdef123; theme=darkness", "abcdef123")]
    public void Of_AValueWithParts_CatchesThePartsAsWell(string secret, string text) =>
        Assert.Contains("[redacted]", Scrub(text, secret), StringComparison.Ordinal);

    private static string Scrub(string text, string secret)
    {
        using var scrubber = SecretForms.Scrubber([Encoding.Latin1.GetBytes(secret)]);
        return Run([text], scrubber);
    }

    private static string Run(IEnumerable<string> pieces, params string[] patterns)
    {
        using var scrubber = new SecretScrubber(patterns.Select(Encoding.Latin1.GetBytes));
        return Run(pieces, scrubber);
    }

    private static string Run(IEnumerable<string> pieces, SecretScrubber scrubber)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in pieces)
        {
            scrubber.Feed(Encoding.Latin1.GetBytes(piece), output);
        }

        scrubber.Finish(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
