using System.Text;
using Palyra.Adapters.Egress.Http1;

namespace Palyra.Tests.Unit.Adapters.Egress.Http1;

public sealed class ChunkedDecoderTests
{
    [Fact]
    public void Step_BodyInPiecesOfAnySize_GivesTheSameBytesAndTrailers()
    {
        const string body = "5;a=\"b\"\r\nhello\r\n20\r\n 0123456789 0123456789 012345678\r\n000\r\nX-A: 1\r\nX-B: 2\r\n\r\nbehind";
        for (var piece = 1; piece <= body.Length; piece++)
        {
            Assert.Equal(("hello 0123456789 0123456789 012345678", "X-A: 1\r\nX-B: 2\r\n\r\n", "behind"), Decode(body, piece));
        }
    }

    [Fact]
    public void Step_NoTrailers_GivesNone() => Assert.Equal(("x", "", ""), Decode("1\r\nx\r\n0\r\n\r\n", 3));

    [Theory]
    [InlineData("g\r\n")]
    [InlineData("\r\n")]
    [InlineData("1\nx")]
    [InlineData("1\r\nx!")]
    [InlineData("1\r\nx\n")]
    [InlineData("1 \r\n")]
    [InlineData("1\rx")]
    [InlineData("1;\n")]
    [InlineData("1234567890123456\r\n")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\nX: 1\n")]
    public void Step_BrokenFraming_IsMalformed(string body) => Assert.Equal(("malformed", "", ""), Decode(body, 100));

    internal static (string Data, string Trailers, string Left) Decode(string body, int piece)
    {
        var decoder = new ChunkedDecoder();
        var data = new StringBuilder();
        var arrived = "";
        for (var next = 0; ;)
        {
            var step = decoder.Step(Encoding.Latin1.GetBytes(arrived), out var consumed, out var range);
            data.Append(arrived[range]);
            arrived = arrived[consumed..];
            switch (step)
            {
                case ChunkStep.Malformed:
                    return ("malformed", "", "");
                case ChunkStep.Done:
                    return (data.ToString(), Encoding.Latin1.GetString(decoder.Trailers), arrived + body[next..]);
                case ChunkStep.NeedMore when next == body.Length:
                    return ("unfinished", "", "");
                case ChunkStep.NeedMore:
                    var count = Math.Min(piece, body.Length - next);
                    arrived += body.Substring(next, count);
                    next += count;
                    break;
                default:
                    break;
            }
        }
    }
}
