using Palyra.Adapters.Egress.Upstream;

namespace Palyra.Tests.Unit.Adapters.Egress.Upstream;

public sealed class OriginDiallerTests
{
    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(10, 2, 5)]
    [InlineData(10, 100, 2)]
    [InlineData(1.5, 100, 1.5)]
    [InlineData(-1, 3, 0)]
    public void Share_OfWhatIsLeft_IsEqualButEnoughForOneAndNeverMore(double left, int addresses, double share) =>
        Assert.Equal(TimeSpan.FromSeconds(share), OriginDialler.Share(TimeSpan.FromSeconds(left), addresses));
}
