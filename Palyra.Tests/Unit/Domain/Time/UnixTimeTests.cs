using System.Numerics;
using FsCheck.Xunit;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Time;

public class UnixTimeTests
{
    private static long Saturated(BigInteger exact) => (long)BigInteger.Clamp(exact, long.MinValue, long.MaxValue);

    public static TheoryData<long> Ends => [long.MinValue, long.MinValue + 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue];

    [Property]
    public bool Arithmetic_equals_exact_arithmetic_saturated(long instant, long other, ulong duration)
    {
        var time = new UnixTime(instant);
        return time.AddMilliseconds(other).Milliseconds == Saturated((BigInteger)instant + other)
            && time.MillisecondsSince(new UnixTime(other)) == Saturated((BigInteger)instant - other)
            && time.AddMilliseconds(duration).Milliseconds == Saturated((BigInteger)instant + duration);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Arithmetic_AtTheEndsOfTheRange_Saturates(long instant)
    {
        foreach (long other in new[] { long.MinValue, long.MinValue + 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue })
        {
            Assert.Equal(Saturated((BigInteger)instant + other), new UnixTime(instant).AddMilliseconds(other).Milliseconds);
            Assert.Equal(Saturated((BigInteger)instant - other), new UnixTime(instant).MillisecondsSince(new UnixTime(other)));
        }

        Assert.Equal(Saturated((BigInteger)instant + ulong.MaxValue), new UnixTime(instant).AddMilliseconds(ulong.MaxValue).Milliseconds);
    }

    [Fact]
    public void ToDateTimeOffset_OutOfCalendar_Saturates()
    {
        Assert.Equal(9999, UnixTime.MaxValue.ToDateTimeOffset().Year);
        Assert.Equal(1, UnixTime.MinValue.ToDateTimeOffset().Year);
    }
}
