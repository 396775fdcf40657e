using System.Text;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Tests.Unit.Domain.Egress.Sessions;

public class EgressTokenTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly byte[] Token = [.. Enumerable.Range(1, EgressToken.Bytes).Select(i => (byte)i)];

    [Fact]
    public void TryParse_TextOfAToken_IsThatToken()
    {
        Assert.True(TryParse(EgressToken.ToText(Token), out var token));
        Assert.Equal(EgressToken.Of(Token), token);
    }

    // 43 characters hold 258 bits, two more than a token has: those two have to be zero.
    [Fact]
    public void TryParse_EveryLastCharacter_ReadsOnlyTheOneSpellingOfItsBytes()
    {
        var beginning = EgressToken.ToText(Token)[..^1];
        Assert.Equal(
            Alphabet.Where((_, value) => value % 4 == 0),
            Alphabet.Where(last => TryParse(beginning + last, out _)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHy")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHy+")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH =")]
    [InlineData(" QIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void TryParse_AnythingElse_RefusesAndGivesTheDefault(string text)
    {
        Assert.False(TryParse(text, out var token));
        Assert.Equal(default, token);
    }

    private static bool TryParse(string text, out EgressToken token) => EgressToken.TryParse(Encoding.ASCII.GetBytes(text), out token);
}
