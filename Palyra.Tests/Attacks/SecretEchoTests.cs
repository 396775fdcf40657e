using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Palyra.Tests.Adapters.Egress.Proxy;

namespace Palyra.Tests.Attacks;

/// <summary>Origins that send an injected secret back in every shape that the proxy promises to catch.</summary>
public sealed class SecretEchoTests
{
    private const string Token = "s3cr3t/t0k3n+\"of&some=length";
    private const string Secret = "Bearer " + Token;

    public static TheoryData<string> Cases => AttackCase.Of("secret_echo");

    private static Dictionary<string, string> Shapes { get; } = new()
    {
        ["plain"] = Secret,
        ["token"] = Token,
        ["percent"] = Uri.EscapeDataString(Secret),
        ["percent_lower"] = LowerHex(Uri.EscapeDataString(Secret)),
        ["percent_some"] = Secret.Replace("+", "%2B", StringComparison.Ordinal).Replace("=", "%3d", StringComparison.Ordinal),
        ["html_numeric"] = Secret.Replace("+", "&#43;", StringComparison.Ordinal).Replace("\"", "&#x22;", StringComparison.Ordinal),
        ["json_solidus"] = Secret.Replace("/", "\\u002f", StringComparison.Ordinal).Replace("&", "\\u0026", StringComparison.Ordinal),
        ["form"] = WebUtility.UrlEncode(Secret),
        ["json"] = JsonEncodedText.Encode(Secret).ToString(),
        ["html"] = WebUtility.HtmlEncode(Secret),
        ["base64"] = Base64(Secret),
        ["base64_1"] = Base64("x" + Secret),
        ["base64_2"] = Base64("xy" + Secret),
        ["base64url"] = Base64(Secret).Replace('+', '-').Replace('/', '_'),
        ["hex"] = Convert.ToHexStringLower(Encoding.Latin1.GetBytes(Secret)),
        ["hex_upper"] = Convert.ToHexString(Encoding.Latin1.GetBytes(Secret)),
        ["bytewise"] = string.Concat(Secret.Select(character => $"1\r\n{character}\r\n")),
        ["gzip"] = Gzip(Secret),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Echoed_secret_never_reaches_the_worker(string id)
    {
        var attack = AttackCase.Load("secret_echo", id);
        var sent = attack.Input.GetProperty("answer").GetString()!;
        foreach (var (name, shape) in Shapes)
        {
            sent = sent.Replace($"{{{name}}}", shape, StringComparison.Ordinal);
        }

        await using var world = await ProxyWorld.StartAsync();
        world.Vault.Secrets[Bindings.Path] = Secret;
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync(sent);
        });
        var token = world.Open(ProxyWorld.Reaching(origin), Bindings.To($"http://{origin.Authority}"));
        var answer = await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));

        if (attack.ExpectedRefusal != "redacted")
        {
            Assert.Equal((502, attack.ExpectedRefusal), (answer.Status, answer.Reason));
            return;
        }

        Assert.InRange(answer.Status, 200, 302);
        var seen = answer.Head + answer.Body;
        Assert.DoesNotContain(Token, seen, StringComparison.Ordinal);
        foreach (var (name, shape) in Shapes.Where(entry => entry.Key is not ("base64_1" or "base64_2")))
        {
            Assert.False(seen.Contains(shape, StringComparison.Ordinal), name);
        }

        // Of base64 a character or two at each edge may stay, which hold bits of the neighbours as well.
        Assert.DoesNotContain(Base64(Secret)[4..^4], seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64("x" + Secret)[4..^4], seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64("xy" + Secret)[4..^4], seen, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text));

    private static string LowerHex(string percent)
    {
        var lower = new StringBuilder(percent);
        for (var i = 0; i + 2 < percent.Length; i++)
        {
            if (percent[i] == '%')
            {
                lower[i + 1] = char.ToLower(percent[i + 1], CultureInfo.InvariantCulture);
                lower[i + 2] = char.ToLower(percent[i + 2], CultureInfo.InvariantCulture);
            }
        }

        return lower.ToString();
    }

    private static string Gzip(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.Latin1.GetBytes(text));
        }

        return Encoding.Latin1.GetString(buffer.ToArray());
    }
}
