using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Pairing;

public class WrongCodeWindowTests
{
    [Fact]
    public void Record_FifthWithinAMinute_Trips() => Assert.Equal([false, false, false, false, true], Trips(0, 1, 2, 3, 59_999));

    [Fact]
    public void Record_FifthAfterAMinute_DoesNotTrip() => Assert.Equal([false, false, false, false, false], Trips(0, 1, 2, 3, 60_000));

    [Fact]
    public void Record_AfterItTripped_StartsAnew() => Assert.Equal([false, false, false, false, true, false, false, false, false, true], Trips(0, 0, 0, 0, 0, 1, 1, 1, 1, 1));

    [Fact]
    public void Record_ClockSetBack_StillCounts() => Assert.Equal([false, false, false, false, true], Trips(50_000, 50_000, 50_000, 0, 0));

    [Fact]
    public void Record_OneEveryQuarterMinute_NeverTrips() => Assert.DoesNotContain(true, Trips([.. Enumerable.Range(0, 100).Select(i => i * 15_000L)]));

    [Fact]
    public void Equals_MeansTheSameInstants()
    {
        var empty = default(WrongCodeWindow);
        var one = empty.Record(new UnixTime(1)).Window;

        Assert.Equal(one, empty.Record(new UnixTime(1)).Window);
        Assert.Equal(one.GetHashCode(), empty.Record(new UnixTime(1)).Window.GetHashCode());
        Assert.NotEqual(one, empty.Record(new UnixTime(2)).Window);
        Assert.NotEqual(one, empty);
        Assert.NotEqual(empty, one);
        Assert.NotEqual(one.GetHashCode(), empty.Record(new UnixTime(2)).Window.GetHashCode());
        Assert.Equal((empty, empty.GetHashCode()), (default(WrongCodeWindow), default(WrongCodeWindow).GetHashCode()));
    }

    private static bool[] Trips(params long[] instants)
    {
        var window = default(WrongCodeWindow);
        var trips = new List<bool>();
        foreach (var instant in instants)
        {
            (window, var tripped) = window.Record(new UnixTime(instant));
            trips.Add(tripped);
        }

        return [.. trips];
    }
}
