using System.Collections.Immutable;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Names;

namespace Palyra.Tests.Unit.Domain.Egress.Names;

public class NameAnswerTests
{
    [Fact]
    public void Of_Addresses_HoldsThemInOrder()
    {
        ImmutableArray<InternetAddress> addresses = [InternetAddress.FromV4(2), InternetAddress.FromV4(1)];
        var answer = NameAnswer.Of(addresses);
        Assert.Equal(addresses.ToArray(), answer.Addresses.ToArray());
        Assert.Null(answer.Problem);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_NoAddresses_IsAnEmptyAnswerAndNoProblem(bool unset)
    {
        var answer = NameAnswer.Of(unset ? default : []);
        Assert.Empty(answer.Addresses.ToArray());
        Assert.Null(answer.Problem);
    }

    [Fact]
    public void Failed_Problem_HoldsItAndNoAddress()
    {
        var answer = NameAnswer.Failed("The resolver is away.");
        Assert.Equal("The resolver is away.", answer.Problem);
        Assert.Empty(answer.Addresses.ToArray());
    }

    [Fact]
    public void Failed_WithoutProblem_Throws() => Assert.Throws<ArgumentException>(() => NameAnswer.Failed(""));

    [Fact]
    public void Default_IsAProblem()
    {
        Assert.Equal("The name was not resolved.", default(NameAnswer).Problem);
        Assert.Empty(default(NameAnswer).Addresses.ToArray());
    }
}
