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
