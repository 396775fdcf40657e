using Palyra.Domain.Results;

namespace Palyra.Tests.Unit.Domain.Results;

public class ResultTests
{
    [Fact]
    public void Default_IsARefusal()
    {
        Assert.False(default(Result).IsOk);
        Assert.Equal("uninitialized", default(Result).Refusal!.Code);
        Assert.False(default(Result<string>).IsOk);
        Assert.Equal("uninitialized", default(Result<string>).Refusal!.Code);
    }

    [Fact]
    public void Value_OfARefusal_Throws() => Assert.Throws<InvalidOperationException>(() => default(Result<int>).Value);

    [Fact]
    public void Equality_ComparesValueAndRefusal()
    {
        Result<int> one = 1;
        Assert.Equal((Result<int>)1, one);
        Assert.NotEqual((Result<int>)2, one);
        Assert.NotEqual(default, one);
        Assert.Equal(Result.Refuse(Uninitialized.Instance), default);
        Assert.NotEqual(Result.Ok, default);
    }
}
