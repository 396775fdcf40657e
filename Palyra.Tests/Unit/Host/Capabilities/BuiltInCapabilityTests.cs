using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Ids;
using Palyra.Host.Capabilities;

namespace Palyra.Tests.Unit.Host.Capabilities;

public sealed class BuiltInCapabilityTests
{
    [Theory]
    [InlineData("{\"a\":[1]}", true, "{\"a\":[1]}")]
    [InlineData("", true, "{}")]
    [InlineData("[1]", false, "invalid_input")]
    [InlineData("{", false, "invalid_input")]
    public async Task Echo_Input_ComesBackOrIsRefused(string input, bool success, string expected) =>
        Check(await new EchoCapability().ExecuteAsync(Invocation(input), default), success, expected);

    [Theory]
    [InlineData("{\"duration_ms\":0}", true, "slept_ms")]
    [InlineData("{\"duration_ms\":-1}", false, "invalid_input")]
    [InlineData("{\"duration_ms\":600001}", false, "invalid_input")]
    [InlineData("{}", false, "invalid_input")]
    public async Task Sleep_Input_IsBounded(string input, bool success, string expected) =>
        Check(await new SleepCapability(new FakeTimeProvider()).ExecuteAsync(Invocation(input), default), success, expected);

    [Fact]
    public async Task Sleep_Cancelled_StopsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        var sleeping = new SleepCapability(new FakeTimeProvider()).ExecuteAsync(Invocation("{\"duration_ms\":60000}"), cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
    }

    [Fact]
    public async Task SystemHealth_Answers() => Check(await new SystemHealthCapability(TimeProvider.System).ExecuteAsync(Invocation(""), default), true, "\"status\":\"ok\"");

    [Fact]
    public async Task HttpFetch_WithoutALease_IsRefused() =>
        Check(await new HttpFetchCapability(() => null).ExecuteAsync(Invocation("{\"url\":\"https://example.com/\"}"), default), false, "egress_unavailable");

    [Theory]
    [InlineData("{\"url\":\"https://a/\",\"method\":5}")]
    [InlineData("{\"url\":\"https://a/\",\"body\":{\"a\":1}}")]
    [InlineData("{\"url\":\"https://a/\",\"headers\":[]}")]
    [InlineData("{\"url\":7}")]
    public async Task HttpFetch_MemberOfAnotherKind_IsRefused(string input) =>
        Check(await new HttpFetchCapability(() => null).ExecuteAsync(Invocation(input), default), false, "invalid_input");

    [Theory]
    [InlineData(64, "egress_unavailable")]
    [InlineData(65, "invalid_input")]
    public async Task HttpFetch_Headers_AreAllSentOrRefused(int headers, string expected)
    {
        var input = $$"""{"url":"https://a/","headers":{{{string.Join(',', Enumerable.Range(0, headers).Select(number => $"\"x-{number}\":\"\""))}}} }""";

        Check(await new HttpFetchCapability(() => null).ExecuteAsync(Invocation(input), default), false, expected);
    }

    [Theory]
    [InlineData("{\"executable\":\"cat\"}", false, "executable_not_allowed")]
    [InlineData("{\"executable\":\"/bin/echo\"}", false, "executable_not_allowed")]
    [InlineData("{\"executable\":\"echo; id\"}", false, "executable_not_allowed")]
    [InlineData("{\"executable\":\"echo\",\"arguments\":[1]}", false, "invalid_input")]
    [InlineData("{\"executable\":\"echo\",\"timeout_ms\":0}", false, "invalid_input")]
    [InlineData("{\"executable\":\"echo\",\"timeout_ms\":60001}", false, "invalid_input")]
    [InlineData("{\"executable\":\"echo\",\"arguments\":[\"$HOME; id\"]}", true, "\"stdout\":\"$HOME; id\\n\"")]
    public async Task ShellExecute_Input_OnlyAllowedExecutablesWithoutAShell(string input, bool success, string expected)
    {
        Assert.True(OperatingSystem.IsWindows() || File.Exists("/bin/echo"));
        if (!OperatingSystem.IsWindows())
        {
            Check(await new ShellExecuteCapability(["/bin/echo"]).ExecuteAsync(Invocation(input), default), success, expected);
        }
    }

    [Fact]
    public async Task ShellExecute_Environment_HoldsNothingOfTheNode()
    {
        if (!OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable("SECRET_OF_THE_NODE", "leak");
            var answer = await new ShellExecuteCapability(["/usr/bin/env"]).ExecuteAsync(Invocation("{\"executable\":\"env\"}"), default);
            var output = JsonDocument.Parse(answer.Json).RootElement.GetProperty("stdout").GetString()!;
            Assert.Equal(["HOME", "LANG", "PATH"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]).Order());
        }
    }

    [Fact]
    public async Task ShellExecute_TooLong_IsKilledAndSaysSo()
    {
        if (!OperatingSystem.IsWindows())
        {
            var answer = await new ShellExecuteCapability(["/bin/sleep"]).ExecuteAsync(
                Invocation("{\"executable\":\"sleep\",\"arguments\":[\"600\"],\"timeout_ms\":50}"), default);
            Assert.True(JsonDocument.Parse(answer.Json).RootElement.GetProperty("timed_out").GetBoolean());
        }
    }

    [Fact]
    public async Task ShellExecute_MuchOutput_IsCutAndSaysSo()
    {
        if (!OperatingSystem.IsWindows())
        {
            var answer = await new ShellExecuteCapability(["/usr/bin/seq"]).ExecuteAsync(Invocation("{\"executable\":\"seq\",\"arguments\":[\"100000\"]}"), default);
            var output = JsonDocument.Parse(answer.Json).RootElement;
            Assert.Equal((256 * 1024, true, 0), (output.GetProperty("stdout").GetString()!.Length, output.GetProperty("truncated").GetBoolean(), output.GetProperty("exit_code").GetInt32()));
        }
    }

    [Fact]
    public void ShellExecute_RelativeOrMissingPath_IsAMistakeOfTheOperator()
    {
        Assert.Throws<ArgumentException>(() => new ShellExecuteCapability(["echo"]));
        Assert.Throws<ArgumentException>(() => new ShellExecuteCapability([Path.Combine(Path.GetTempPath(), "no-such-executable")]));
    }

    [Fact]
    public void CapabilitySet_Names_ReachEveryCapabilityAsATool()
    {
        var handlers = new CapabilityHandlers().Add([new EchoCapability(), new SystemHealthCapability(TimeProvider.System)]);

        Assert.Equal(["echo", "system.health", "tool:echo", "tool:palyra.echo", "tool:system.health"], handlers.Names);
        Assert.Equal(["tool:echo", "tool:palyra.echo", "tool:system.health"], handlers.ToolNames());
    }

    private static CapabilityInvocation Invocation(string input) =>
        new(new CapabilityRequestId(Ulid.FromBits(5)), "test", Encoding.UTF8.GetBytes(input), 1024 * 1024, null);

    private static void Check(CapabilityOutput output, bool success, string expected)
    {
        Assert.Equal(success, output.Success);
        Assert.Contains(expected, success ? Encoding.UTF8.GetString(output.Json.Span) : output.Error, StringComparison.Ordinal);
    }
}
