using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Egress.Vault;

namespace Palyra.Tests.Unit.Adapters.Egress.Vault;

public sealed class SecretCacheTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Keep_TheOthersHaveLapsed_ThereIsRoomAgain(int secondsBetween)
    {
        using var cache = new SecretCache(_clock, TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(3));
        cache.Keep("first", "secret"u8, cache.Generation);
        _clock.Advance(TimeSpan.FromSeconds(secondsBetween));
        for (var i = 1; i < SecretCache.MaxEntries; i++)
        {
            cache.Keep(i.ToString(CultureInfo.InvariantCulture), "secret"u8, cache.Generation);
        }

        Assert.False(Keeps(cache, "new"));
        _clock.Advance(TimeSpan.FromMilliseconds(5001));
        Assert.True(Keeps(cache, "new"));
    }

    [Fact]
    public void Construct_KeepingForLong_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SecretCache(_clock, SecretCache.MaxKeepFor + TimeSpan.FromTicks(1)));

    private static bool Keeps(SecretCache cache, string name)
    {
        cache.Keep(name, "secret"u8, cache.Generation);
        using var found = cache.Find(name);
        return found is not null;
    }
}
