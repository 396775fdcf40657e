using Palyra.Host.Operator;

namespace Palyra.Tests.Unit.Host.Operator;

public sealed class RelativeTimeTests
{
    private const long Now = 1_795_642_979_901;

    [Theory]
    [InlineData(0, "0 s ago")]
    [InlineData(-999, "0 s ago")]
    [InlineData(-119_999, "119 s ago")]
    [InlineData(-120_000, "2 min ago")]
    [InlineData(600_000, "in 10 min")]
    [InlineData(7_200_000, "in 2 h")]
    [InlineData(-172_800_000, "2 d ago")]
    public void Format_Distance_TakesTheLargestUnitOfWhichThereAreTwo(long away, string expected) => Assert.Equal(expected, RelativeTime.Format(Now + away, Now));

    [Theory]
    [InlineData(long.MinValue, " d ago")]
    [InlineData(long.MaxValue, " d")]
    public void Format_EndsOfTime_DoNotOverflow(long milliseconds, string ending) => Assert.EndsWith(ending, RelativeTime.Format(milliseconds, Now), StringComparison.Ordinal);
}
