using FsCheck.Xunit;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Ids;

public class UlidTests
{
    [Theory]
    [InlineData("")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FA")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAVX")]
    [InlineData("81ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("01arz3ndektsv4rrffq69g5fav")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAI")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAL")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAO")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAU")]
    [InlineData(" 1ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FÀV")]
    public void TryParse_NotCanonical_Refuses(string text) => Assert.False(Ulid.TryParse(text, out _));

    [Fact]
    public void TryParse_EveryOtherCodePoint_Refuses()
    {
        for (var character = '\0'; character < char.MaxValue; character++)
        {
            var accepted = Ulid.TryParse("01ARZ3NDEKTSV4RRFFQ69G5FA" + character, out _);
            Assert.Equal("0123456789ABCDEFGHJKMNPQRSTVWXYZ".Contains(character, StringComparison.Ordinal), accepted);
        }
    }

    [Property]
    public bool Text_round_trips_and_sorts_like_the_value(ulong high, ulong low, ulong otherHigh, ulong otherLow)
    {
        var left = Ulid.FromBits(new UInt128(high, low));
        var right = Ulid.FromBits(new UInt128(otherHigh, otherLow));
        return Ulid.Parse(left.ToString()) == left
            && Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString())) == Math.Sign(left.CompareTo(right));
    }

    [Fact]
    public void Create_KnownTimeAndRandom_GivesTheSpecifiedLayout()
    {
        var ulid = Ulid.Create(new UnixTime(1469918176385), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        Assert.Equal("01ARYZ6S41", ulid.ToString()[..10]);
        Assert.Equal(new UnixTime(1469918176385), ulid.Time);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, (1L << 48) - 1)]
    public void Create_TimeOutOfRange_IsClamped(long time, long expected) =>
        Assert.Equal(new UnixTime(expected), Ulid.Create(new UnixTime(time), new byte[10]).Time);

    [Fact]
    public void Create_TooLittleRandomness_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Ulid.Create(default, new byte[9]));

    [Fact]
    public void DeviceId_AllZero_NamesNothing() => Assert.False(DeviceId.TryParse("00000000000000000000000000", out _));

    [Fact]
    public void Create_TooLittleRandomness_NamesTheArgument() =>
        Assert.Equal("random", Assert.Throws<ArgumentOutOfRangeException>(() => Ulid.Create(default, new byte[Ulid.RandomLength - 1])).ParamName);
}
