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

    [Fact]
    public void Ok_HoldsNoRefusal()
    {
        Assert.True(Result.Ok.IsOk);
        Assert.Null(Result.Ok.Refusal);
        Assert.Equal("ok", Result.Ok.ToString());
        Assert.Equal(Uninitialized.Instance.ToString(), default(Result).ToString());
        Assert.Equal("uninitialized: No decision was made; nothing is allowed.", Uninitialized.Instance.ToString());
    }

    [Fact]
    public void Value_Accepted_IsThereInEveryForm()
    {
        Result<string> accepted = "x";

        Assert.Equal((true, "x", "x", "x"), (accepted.TryGet(out var value, out var refusal), value, accepted.Value, accepted.ValueOrDefault));
        Assert.True(accepted.IsOk && refusal is null && accepted.Refusal is null);
        Assert.Equal("x", accepted.ToString());
    }

    [Fact]
    public void Result_OfNull_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => (Result<string>)(string)null!);
        Assert.Throws<ArgumentNullException>(() => (Result<string>)(Refusal)null!);
        Assert.Throws<ArgumentNullException>(() => (Result)(Refusal)null!);
    }

    [Fact]
    public void Refusal_IsThereInEveryForm()
    {
        Result<string> refused = new Because("a");

        Assert.Equal((false, null, null), (refused.TryGet(out var value, out var refusal), value, refused.ValueOrDefault));
        Assert.Equal((false, new Because("a"), new Because("a")), (refused.IsOk, refusal, refused.Refusal));
        Assert.Equal("because: a", refused.ToString());
        Assert.Contains("because: a", Assert.Throws<InvalidOperationException>(() => refused.Value).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equality_IsThatOfOutcomeValueAndRefusal()
    {
        Result refused = new Because("a"), same = Result.Refuse(new Because("a")), other = new Because("b");
        Assert.True(refused == same && refused.Equals((object)same) && refused.GetHashCode() == same.GetHashCode());
        Assert.True(refused != other && refused != Result.Ok && !refused.Equals((object)new Because("a")) && !refused.Equals((object?)null));
        Assert.False(refused == other || refused != same);

        Result<int> one = 1, again = 1, two = 2, zero = 0, none = new Because("a");
        Assert.True(one == again && one.Equals((object)again) && one.GetHashCode() == again.GetHashCode());
        Assert.True(one != two && zero != none && none != zero && !one.Equals((object)1) && !one.Equals((object?)null));
        Assert.False(one == two || one != again);
        Assert.NotEqual((Result<int>)new Because("b"), none);
    }

    private sealed record Because(string Why) : Refusal("because", "", Why);
}
