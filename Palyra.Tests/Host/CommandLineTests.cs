using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

[Trait("Category", "Slow")]
public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_OfTheRoot_FitsEightyColumnsAndEndsWithExamples()
    {
        var help = await PalyraProcess.RunAsync("--help");

        Assert.Equal(0, help.ExitCode);
        Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
        Assert.All(help.Lines, line => Assert.True(line.TrimEnd().Length <= 80, line));
    }

    [Theory]
    [InlineData("workers", "workrs", "list")]
    [InlineData("approve", "pairing", "aprove")]
    [InlineData("--state-root", "nodes", "list", "--state-rot", "x")]
    public async Task Run_Typo_IsAnsweredWithWhatWasMeant(string meant, params string[] typed)
    {
        var refused = await PalyraProcess.RunAsync(typed);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains($"{meant}", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Try: palyra", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ShellExecuteWithoutAnAbsolutePath_IsAUsageErrorAndMakesNothing()
    {
        using var folder = new TemporaryFolder();
        var refused = await PalyraProcess.RunAsync(
            "123456\n", ["node", "install", "--grpc-url", "https://127.0.0.1:1", "--gateway-ca-sha256", new string('0', 64), "--home", folder.File("node"), "--allow-executable", "ls"]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("ls: an allowed executable", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("node")));
    }

    [Theory]
    [InlineData("pairing", "code", "--ttl", "29")]
    [InlineData("pairing", "code", "--ttl", "86401")]
    [InlineData("nodes", "invoke", "d", "echo", "--timeout", "0")]
    [InlineData("nodes", "invoke", "d", "echo", "--timeout", "601")]
    [InlineData("workers", "invoke", "palyra.echo", "--ttl", "901")]
    public async Task Run_SecondsOutOfTheRange_IsAUsageErrorThatNamesIt(params string[] typed)
    {
        var refused = await PalyraProcess.RunAsync(typed);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"{typed[^2]} must be", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a worker needs", "--egress-proxy", "127.0.0.1:2")]
    [InlineData("a worker needs", "--attestation-key-id", "k")]
    [InlineData("--egress-proxy must be", "--egress-proxy", "127.0.0.1", "--attestation-key-id", "k", "--attestation-key", "k.pem", "--gateway-ca", "ca.pem")]
    [InlineData("--egress-proxy must be", "--egress-proxy", "https://a:1", "--attestation-key-id", "k", "--attestation-key", "k.pem", "--gateway-ca", "ca.pem")]
    public async Task Run_HalfAWorker_IsAUsageErrorAndMakesNothing(string complaint, params string[] options)
    {
        using var folder = new TemporaryFolder();
        string[] trust = options.Contains("--gateway-ca") ? [] : ["--gateway-ca-sha256", new string('0', 64)];
        var refused = await PalyraProcess.RunAsync(
            "123456\n", ["node", "install", "--grpc-url", "https://127.0.0.1:1", "--home", folder.File("node"), .. trust, .. options]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(complaint, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("node")));
    }

    [Fact]
    public async Task Run_RefusalWithASecondLine_IsToldInOne()
    {
        var refused = await PalyraProcess.RunAsync("node", "status", "--home", "x\npalyra: device approved");

        Assert.Contains("x\uFFFDpalyra: device approved", refused.Error, StringComparison.Ordinal);
        Assert.EndsWith("(node.not_installed)", Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UnknownOption_ExitsTwoAndSaysWhereToLook()
    {
        var refused = await PalyraProcess.RunAsync("--jsno");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--json", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Try: palyra --help", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
    }
}
