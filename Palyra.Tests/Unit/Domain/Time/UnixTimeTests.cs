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

    [Fact]
    public void Comparison_IsThatOfTheMilliseconds()
    {
        UnixTime early = new(-1), late = new(1);
        Assert.Equal((true, false, false), (early < late, late < early, early < new UnixTime(-1)));
        Assert.Equal((false, true, false), (early > late, late > early, early > new UnixTime(-1)));
        Assert.Equal((true, false, true), (early <= late, late <= early, early <= new UnixTime(-1)));
        Assert.Equal((false, true, true), (early >= late, late >= early, early >= new UnixTime(-1)));
        Assert.Equal((early, late, early, late), (UnixTime.Min(early, late), UnixTime.Max(early, late), UnixTime.Min(late, early), UnixTime.Max(late, early)));
        Assert.True(early.CompareTo(late) < 0 && late.CompareTo(early) > 0 && early.CompareTo(early) == 0);
    }

    [Theory]
    [InlineData(19_999, 1)]
    [InlineData(20_000, 2)]
    [InlineData(-19_999, -1)]
    [InlineData(9_999, 0)]
    public void Add_Duration_IsCutToMilliseconds(long ticks, long milliseconds) =>
        Assert.Equal(new UnixTime(1000 + milliseconds), new UnixTime(1000).Add(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Conversions_KeepTheMillisecond()
    {
        var instant = new DateTimeOffset(2026, 11, 25, 1, 2, 3, 4, TimeSpan.FromHours(2));

        Assert.Equal(instant.ToUnixTimeMilliseconds(), UnixTime.From(instant).Milliseconds);
        Assert.Equal(instant.ToUniversalTime(), UnixTime.From(instant).ToDateTimeOffset());
        Assert.Equal(UnixTime.From(instant), UnixTime.Now(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(instant)));
        Assert.Equal("-12345", new UnixTime(-12_345).ToString());
    }
}
