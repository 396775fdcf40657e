using System.Text.Json;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Egress;

[Trait("Category", "Slow")]
public sealed class EgressCommandTests
{
    private const string Good =
        """{"method":"GET","url":"https://api.example.com/v1?q=s3cret","allowed_hosts":["api.example.com"],"resolved_addresses":["93.184.216.34"]}""";

    [Fact]
    public async Task CheckStdin_GoodAndBadLines_AnswersEachInOrderAndGoesOn()
    {
        string[] lines =
        [
            Good,
            "not json",
            "",
            "[]",
            """{"url":"https://a.example/","url":"https://b.example/"}""",
            """{"method":"GET","url":"https://api.example.com/","allowed_hosts":"api.example.com"}""",
            """{"method":"GET","url":"https://\ud800.example/"}""",
            """{"method":"GET","url":"https://api.example.com/","allowed_hosts":["api.example.com"]}""",
            """{"method":"GET","url":"https://api.example.com/","allowed_hosts":["api.example.com"],"resolved_addresses":["127.1"]}""",
            """{"method":"GET","url":"https://api.example.com/","allowed_hosts":["api.example.com"],"resolved_addresses":["8.8.8.8:443","[::1]:443"]}""",
            """{"method":"GET","url":7}""",
            """{"url":"https://api.example.com/"}""",
            """{"method":"GET","url":"https://api.example.com/","max_response_bytes":"10"}""",
            Good,
        ];
        var run = await PalyraProcess.RunAsync(string.Join('\n', lines) + "\n", ["egress", "check", "--stdin"]);
        string[] expected =
        [
            "egress.allowed",
            "egress.denied.invalid_request",
            "egress.denied.invalid_request",
            "egress.denied.invalid_request",
            "egress.denied.invalid_request",
            "egress.denied.invalid_request",
            "egress.denied.invalid_request",
            "egress.denied.dns_empty",
            "egress.denied.dns_failed",
            "egress.denied.private_target",
            "egress.denied.invalid_url",
            "egress.denied.method_not_allowed",
            "egress.denied.invalid_response_budget",
            "egress.allowed",
        ];
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(expected, run.Lines.Select(line => Member(line, "reason_code").GetString()));
        Assert.Equal(Enumerable.Range(0, lines.Length), run.Lines.Select(line => Member(line, "seq").GetInt32()));
        Assert.Equal(expected.Select(code => code == "egress.allowed"), run.Lines.Select(line => Member(line, "allowed").GetBoolean()));
        Assert.DoesNotContain("s3cret", run.Output, StringComparison.Ordinal);
        Assert.Equal(run.Lines[0].Replace("\"seq\":0,", "", StringComparison.Ordinal), run.Lines[^1].Replace("\"seq\":13,", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CheckStdin_LineBeyondTheLimit_IsRefusedAndTheNextIsRead()
    {
        var run = await PalyraProcess.RunAsync(new string('x', 9 << 20) + "\n" + Good, ["egress", "check", "--stdin"]);
        Assert.Equal(["egress.denied.invalid_request", "egress.allowed"], run.Lines.Select(line => Member(line, "reason_code").GetString()));
    }

    [Fact]
    public async Task ClassifyStdin_AddressesAndJunk_AnswersEach()
    {
        var run = await PalyraProcess.RunAsync("8.8.8.8\r\n10.0.0.1\n\n::1%1\n127.1\n64:ff9b::8.8.8.8\n::ffff:8.8.8.8", ["egress", "classify", "--stdin"]);
        Assert.Equal(
            [("8.8.8.8", true), ("10.0.0.1", false), ("", false), ("::1%1", false), ("127.1", false), ("64:ff9b::8.8.8.8", true), ("::ffff:8.8.8.8", false)],
            run.Lines.Select(line => (Member(line, "ip").GetString()!, Member(line, "globally_reachable").GetBoolean())));
        Assert.Equal("10.0.0.0/8", Member(run.Lines[1], "block").GetString());
        Assert.Equal(JsonValueKind.Null, Member(run.Lines[4], "block").ValueKind);
    }

    [Fact]
    public async Task CheckUrl_Denied_NamesTheCheckAndWhatWouldHaveToChange()
    {
        var run = await PalyraProcess.RunAsync("egress", "check", "https://10.0.0.1/", "--allow-any-host");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("egress.denied.private_target", run.Output, StringComparison.Ordinal);
        Assert.Contains("network-isolation", run.Output, StringComparison.Ordinal);
        Assert.Contains("to change:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckUrl_UnusableAllowlistEntry_IsAUsageError()
    {
        var run = await PalyraProcess.RunAsync("egress", "check", "https://a.example/", "--allow-host", "*.example");
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task CheckUrl_ToolOfTheSettings_IsJudgedWithinTheFleetsLimitsAndWithItsCredentials()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("palyra.json"), """
            {
              "egress_limits": { "allowed_ports": ["443"] },
              "tools": {
                "search": {
                  "egress": { "allowed_hosts": ["api.example.com", "other.example.com"] },
                  "credentials": [ { "header": "authorization", "vault": "search/token", "origins": ["https://api.example.com"] } ]
                }
              }
            }
            """);
        Task<PalyraProcess.Finished> CheckAsync(string url, string tool = "search") => PalyraProcess.RunAsync(
            "egress", "check", url, "--address", "93.184.216.34", "--json", "--config", folder.File("palyra.json"), "--tool", tool);

        var withCredential = await CheckAsync("https://api.example.com/");
        Assert.Equal("authorization", Assert.Single(Member(withCredential.Output, "injected_header_names").EnumerateArray()).GetString());
        Assert.Empty(Member((await CheckAsync("https://other.example.com/")).Output, "injected_header_names").EnumerateArray());
        Assert.Equal("egress.denied.port_not_allowed", Member((await CheckAsync("http://api.example.com/")).Output, "reason_code").GetString());
        Assert.Equal("egress.denied.host_not_allowlisted", Member((await CheckAsync("https://evil.example/")).Output, "reason_code").GetString());
        Assert.Equal(2, (await CheckAsync("https://api.example.com/", "absent")).ExitCode);
    }

    [Fact]
    public async Task CheckUrl_PolicyFileThatAllowsOneMethod_DeniesTheOthers()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("policy.json"), """{"allowed_hosts":["api.example.com"],"allowed_methods":["HEAD"]}""");
        async Task<string?> CheckAsync(string method)
        {
            var run = await PalyraProcess.RunAsync(
                "egress", "check", "https://api.example.com/", "--address", "93.184.216.34", "--json", "--policy", folder.File("policy.json"), "--method", method);
            return Member(run.Output, "reason_code").GetString();
        }

        Assert.Equal("egress.denied.method_not_allowed", await CheckAsync("GET"));
        Assert.Equal("egress.allowed", await CheckAsync("HEAD"));
    }

    [Theory]
    [InlineData("CONNECT", "https://api.example.com", "egress.allowed")]
    [InlineData("CONNECT", "api.example.com:443", "egress.allowed")]
    [InlineData("CONNECT", "https://keyed.example.com/v1", "egress.denied.tunnel_credentials")]
    [InlineData("CONNECT", "https://api.example.com/", "egress.denied.method_not_allowed", "untunnelled")]
    [InlineData("CONNECT", "https://u:p@api.example.com/", "egress.denied.url_credentials")]
    [InlineData("GET", "https://api.example.com/", "egress.denied.method_not_allowed")]
    public async Task CheckUrl_Connect_IsJudgedAsTheTunnelThatTheProxyWouldBeAskedFor(string method, string url, string code, string tool = "tunnelled")
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("palyra.json"), """
            {
              "tools": {
                "tunnelled": {
                  "egress": { "allowed_dns_suffixes": ["example.com"], "allowed_methods": ["POST"] },
                  "credentials": [ { "header": "authorization", "vault": "search/token", "origins": ["https://keyed.example.com"] } ]
                },
                "untunnelled": { "egress": { "allowed_dns_suffixes": ["example.com"], "allow_tunnels": false, "allowed_methods": ["CONNECT"] } }
              }
            }
            """);

        var run = await PalyraProcess.RunAsync(
            "egress", "check", url, "--method", method, "--address", "93.184.216.34", "--json", "--config", folder.File("palyra.json"), "--tool", tool);

        Assert.Equal(code, Member(run.Output, "reason_code").GetString());
    }

    [Fact]
    public async Task CheckStdin_Connect_IsATunnelOnlyForALineThatSpeaksOfTunnels()
    {
        const string line = """{"method":"CONNECT","url":"https://api.example.com/","allowed_hosts":["api.example.com"],"resolved_addresses":["93.184.216.34"]""";

        var run = await PalyraProcess.RunAsync(
            string.Join('\n', line + "}", line + ",\"allow_tunnels\":true}", line + ",\"allow_tunnels\":false,\"allowed_methods\":[\"CONNECT\"]}"), ["egress", "check", "--stdin"]);

        Assert.Equal(
            ["egress.denied.method_not_allowed", "egress.allowed", "egress.denied.method_not_allowed"], run.Lines.Select(answer => Member(answer, "reason_code").GetString()));
    }

    [Theory]
    [InlineData("--tool", "--tool", "t", "--policy", "policy.json")]
    [InlineData("--config", "--config", "palyra.json")]
    [InlineData("--resolve", "--resolve")]
    public async Task CheckUrl_FlagWithoutEffect_IsAUsageErrorThatNamesIt(string named, params string[] flags)
    {
        var run = await PalyraProcess.RunAsync(["egress", "check", "https://a.example/", .. flags]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--allow-host", "a.example")]
    [InlineData("--allow-private-targets")]
    [InlineData("--method", "GET")]
    [InlineData("--policy", "policy.json")]
    public async Task CheckStdin_FlagOfASingleUrl_IsAUsageErrorThatNamesIt(params string[] flag)
    {
        var run = await PalyraProcess.RunAsync(Good, ["egress", "check", "--stdin", .. flag]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(flag[0], run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999")]
    [InlineData("0")]
    [InlineData("-1")]
    public async Task CheckUrl_PortThatIsNone_IsAUsageError(string port)
    {
        var run = await PalyraProcess.RunAsync("egress", "check", "https://a.example/", "--allow-host", "a.example", "--no-resolve", "--allow-port", port);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(port, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("egress", "check")]
    [InlineData("egress", "classify")]
    [InlineData("egress", "check", "--stdin", "https://a.example/")]
    public async Task Run_NeitherOrBothInputs_IsAUsageError(params string[] arguments) =>
        Assert.Equal(2, (await PalyraProcess.RunAsync(arguments)).ExitCode);

    private static JsonElement Member(string line, string name)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(name).Clone();
    }
}
