using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Palyra.Domain.Capabilities;

namespace Palyra.Tests.Properties;

public class PayloadSummaryProperties
{
    private const string Canary = "hunter2-canary";

    private static readonly string[] Words =
        ["password", "passwd", "secret", "token", "api_key", "apikey", "authorization", "cookie", "credential", "private_key"];

    [Property(MaxTest = 500)]
    public void No_summary_is_longer_than_the_limit_or_holds_a_control_character(byte[] payload)
    {
        var summary = PayloadSummary.Of(payload);
        Assert.True(summary is null || (summary.Length is > 0 and <= PayloadSummary.MaxLength && !summary.Any(char.IsControl)));
    }

    [Property(MaxTest = 500)]
    public void No_value_under_a_secret_key_is_ever_shown(NonNull<string> prefix, NonNull<string> suffix, byte word, byte shape)
    {
        var key = Clean(prefix.Get) + Words[word % Words.Length] + Clean(suffix.Get);
        object value = (shape % 4) switch
        {
            0 => Canary,
            1 => new[] { Canary },
            2 => new Dictionary<string, string> { ["x"] = Canary },
            _ => new Dictionary<string, object> { ["y"] = new[] { Canary } },
        };
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["a"] = 1, [key] = value, ["z"] = "end" });

        Assert.DoesNotContain(Canary, PayloadSummary.Of(payload), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, PayloadSummary.Of(payload.AsSpan(0, payload.Length - 3)), StringComparison.Ordinal);
    }

    [Property(MaxTest = 500)]
    public void No_userinfo_path_or_query_of_a_url_is_ever_shown(NonNull<string> noise, byte place)
    {
        var url = (place % 4) switch
        {
            0 => $"https://bob:{Canary}@example.com/",
            1 => $"http://example.com/{Canary}",
            2 => $"wss://example.com?x={Canary}",
            _ => $"https://example.com/a#{Canary}",
        };

        Assert.DoesNotContain(Canary, PayloadSummary.Of(Encoding.UTF8.GetBytes($"{Clean(noise.Get)} {url}")) ?? "", StringComparison.Ordinal);
    }

    [Property(MaxTest = 300)]
    public void Redacting_a_summary_again_shows_nothing_more(NonNull<string> text)
    {
        var once = PayloadSummary.OfText(text.Get);
        Assert.True((PayloadSummary.OfText(once)?.Length ?? 0) <= PayloadSummary.MaxLength);
    }

    private static string Clean(string text) => new([.. text.Where(char.IsAsciiLetterOrDigit).Take(20)]);
}
