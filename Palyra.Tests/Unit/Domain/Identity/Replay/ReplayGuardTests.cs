using FsCheck.Xunit;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Identity.Replay;

public class ReplayGuardTests
{
    private static readonly DeviceId Device = DeviceId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    private static readonly DeviceId Other = DeviceId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAW");
    private static readonly UnixTime Now = new(1_700_000_000_000);
    private const long Skew = 300_000;

    private readonly ReplayGuard _guard = new(new ReplayGuardLimits(4, 6));

    [Theory]
    [InlineData(0)]
    [InlineData(Skew)]
    [InlineData(-Skew)]
    public void Accept_TimestampWithinTheSkew_IsFresh(long offset) =>
        Assert.True(_guard.Accept(Device, "n", Now.AddMilliseconds(offset), Now).IsOk);

    [Theory]
    [InlineData(Skew + 1)]
    [InlineData(-Skew - 1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Accept_TimestampBeyondTheSkew_RefusesWithReplayDetected(long offset)
    {
        Assert.Equal("replay_detected", _guard.Accept(Device, "n", Now.AddMilliseconds(offset), Now).Refusal?.Code);
        Assert.Equal(0, _guard.Count);
    }

    [Fact]
    public void Accept_NonceSeen_RefusesWithReplayDetected()
    {
        _guard.Accept(Device, "n", Now, Now);
        Assert.Equal("replay_detected", _guard.Accept(Device, "n", Now, Now).Refusal?.Code);
    }

    [Fact]
    public void Accept_SameNonceOfAnotherDevice_IsFresh()
    {
        _guard.Accept(Device, "n", Now, Now);
        Assert.True(_guard.Accept(Other, "n", Now, Now).IsOk);
    }

    [Fact]
    public void Accept_NonceAfterTenMinutes_IsForgottenAndItsMemoryFreed()
    {
        _guard.Accept(Device, "n", Now, Now);
        var last = Now.Add(ReplayRule.NonceLifetime);
        Assert.Equal("replay_detected", _guard.Accept(Device, "n", last, last).Refusal?.Code);
        var after = last.AddMilliseconds(1L);
        Assert.True(_guard.Accept(Device, "n", after, after).IsOk);
        Assert.Equal(1, _guard.Count);
    }

    [Fact]
    public void Accept_ClockSteppedBack_StillRemembers()
    {
        _guard.Accept(Device, "n", Now, Now);
        Assert.Equal("replay_detected", _guard.Accept(Device, "n", Now.AddMilliseconds(-60_000L), Now.AddMilliseconds(-60_000L)).Refusal?.Code);
    }

    [Fact]
    public void Accept_ClockLeaptAheadAndBack_StillRefusesWhatWasForgotten()
    {
        _guard.Accept(Device, "n", Now, Now);
        _guard.Accept(Device, "leap", Now.AddMilliseconds(3_600_000L), Now.AddMilliseconds(3_600_000L));
        Assert.Equal("replay_detected", _guard.Accept(Device, "n", Now, Now).Refusal?.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ReplayRule.MaxNonceLength + 1)]
    public void Accept_NonceOfWrongLength_RefusesWithInvalidNonce(int length) =>
        Assert.Equal("invalid_nonce", _guard.Accept(Device, new string('n', length), Now, Now).Refusal?.Code);

    [Fact]
    public void Accept_DeviceHasUsedItsShare_RefusesItAndNobodyElse()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.True(_guard.Accept(Device, $"n{i}", Now, Now).IsOk);
        }

        Assert.Equal("replay_window_full", _guard.Accept(Device, "one more", Now, Now).Refusal?.Code);
        Assert.True(_guard.Accept(Other, "n", Now, Now).IsOk);
    }

    [Fact]
    public void Accept_GuardIsFull_RefusesEveryone()
    {
        for (var i = 0; i < 6; i++)
        {
            Assert.True(_guard.Accept(i < 4 ? Device : Other, $"n{i}", Now, Now).IsOk);
        }

        Assert.Equal("replay_window_full", _guard.Accept(Other, "one more", Now, Now).Refusal?.Code);
        Assert.Equal(6, _guard.Count);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Accept_ClockLeaptAheadAndBack_RefusesEveryTimestampTheForgottenMayHaveCarried(long beyond, bool fresh)
    {
        var last = Now.AddMilliseconds(Skew);
        Assert.True(_guard.Accept(Device, "n", last, Now).IsOk);
        Assert.True(_guard.Accept(Device, "leap", Now.AddMilliseconds(3_600_000L), Now.AddMilliseconds(3_600_000L)).IsOk);

        Assert.Equal(fresh, _guard.Accept(Device, "n", last.AddMilliseconds(beyond), Now.AddMilliseconds(60_000L)).IsOk);
    }

    [Fact]
    public void Accept_NonceOfLimitLength_IsFresh() => Assert.True(_guard.Accept(Device, new string('n', ReplayRule.MaxNonceLength), Now, Now).IsOk);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Constructor_LimitBelowOne_IsRefused(int perDevice, int inAll)
    {
        Assert.Throws<ArgumentOutOfRangeException>("limits", () => new ReplayGuard(new ReplayGuardLimits(perDevice, inAll)));
        Assert.True(new ReplayGuard(new ReplayGuardLimits(1, 1)).Accept(Device, "n", Now, Now).IsOk);
    }

    [Property]
    public void No_message_is_accepted_twice(int[] offsets, sbyte[] ticks)
    {
        var guard = new ReplayGuard();
        var accepted = new HashSet<(string, long)>();
        var now = Now;
        for (var i = 0; i < Math.Min(offsets.Length, ticks.Length); i++)
        {
            now = now.AddMilliseconds(ticks[i] * 16_000L);
            var message = (Nonce: $"{offsets[i] % 3}", Timestamp: Now.AddMilliseconds(offsets[i] % 5 * 100_000L));
            if (guard.Accept(Device, message.Nonce, message.Timestamp, now).IsOk)
            {
                Assert.True(accepted.Add((message.Nonce, message.Timestamp.Milliseconds)));
            }
        }
    }
}
