using System.Text;
using Palyra.Adapters.Egress.Http1;

namespace Palyra.Tests.Unit.Adapters.Egress.Http1;

public sealed class HeadScannerTests
{
    [Fact]
    public void Advance_HeadInPiecesOfAnySize_FindsTheSameEnd()
    {
        var head = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\nbehind");
        for (var piece = 1; piece <= head.Length; piece++)
        {
            var scanner = new HeadScanner();
            var scan = HeadScan.NeedMore;
            for (var end = piece; scan == HeadScan.NeedMore; end += piece)
            {
                scan = scanner.Advance(head.AsSpan(0, Math.Min(end, head.Length)));
            }

            Assert.Equal((HeadScan.Complete, head.Length - 6), (scan, scanner.Length));
        }
    }

    [Theory]
    [InlineData("GET /\n")]
    [InlineData("GET /\rx")]
    [InlineData("GET \0")]
    [InlineData("GET \u007f")]
    public void Advance_ByteNoHeadMayHold_IsMalformedAtOnce(string text) =>
        Assert.Equal(HeadScan.Malformed, new HeadScanner().Advance(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void Advance_TabAndObsText_AreLeftAlone() =>
        Assert.Equal(HeadScan.Complete, new HeadScanner().Advance(Encoding.Latin1.GetBytes("a:\tb\u00ff\r\n\r\n")));

    [Fact]
    public void Advance_HeadOverTheLimit_IsTooLarge()
    {
        var scanner = new HeadScanner();
        Assert.Equal(HeadScan.NeedMore, scanner.Advance(new byte[HttpLimits.HeadBytes - 1].Select(_ => (byte)'a').ToArray()));
        Assert.Equal(HeadScan.Malformed, scanner.Advance(new byte[HttpLimits.HeadBytes].Select(_ => (byte)'a').ToArray()));
        Assert.True(scanner.TooLarge);
    }
}
