using Palyra.Host.CommandLine;

namespace Palyra.Tests.Unit.Host.CommandLine;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain text, ünïcode", "plain text, ünïcode")]
    [InlineData("\u001b]0;x\u0007", "\uFFFD]0;x\uFFFD")]
    [InlineData("\u007f\u009b2J\t", "\uFFFD\uFFFD2J\uFFFD")]
    public void Line_ControlCharacters_AreReplaced(string given, string shown) => Assert.Equal(shown, Printable.Line(given));

    [Fact]
    public void Lines_EndOfALine_StaysAndNothingElseDoes()
    {
        Assert.Equal("a\nb\uFFFD", Printable.Lines("a\nb\r"));
        Assert.Equal("a\uFFFDb", Printable.Line("a\nb"));
    }
}
