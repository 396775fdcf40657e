using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Egress.Sessions;

public sealed class ProxyBindingsTests
{
    private readonly ProxyBindings _bindings = new(TimeSpan.FromSeconds(10));

    [Fact]
    public void IsBound_NeverProven_IsFalse() => Assert.False(_bindings.IsBound(Workers.Id("w-1"), Workers.Start));

    [Fact]
    public void IsBound_WhileTheProofIsFresh_IsTrue()
    {
        _bindings.Prove(Workers.Id("w-1"), Workers.Start);
        Assert.True(_bindings.IsBound(Workers.Id("W-1"), Workers.After(9_999)));
        Assert.False(_bindings.IsBound(Workers.Id("w-1"), Workers.After(10_000)));
    }

    [Fact]
    public void Prove_NoWorker_BindsNobody()
    {
        _bindings.Prove(default, Workers.Start);
        Assert.False(_bindings.IsBound(default, Workers.Start));
    }

    [Fact]
    public void Lifetime_AtTheEndsOfItsRange_CountsAndBeyondIsRefused()
    {
        var longest = new ProxyBindings(TimeSpan.FromDays(1));
        longest.Prove(Workers.Id("w-1"), Workers.Start);
        Assert.True(longest.IsBound(Workers.Id("w-1"), Workers.After(86_399_999)));
        _ = new ProxyBindings(new TimeSpan(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProxyBindings(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProxyBindings(TimeSpan.FromDays(1) + new TimeSpan(1)));
    }

    [Fact]
    public void Prove_OneMoreThanAreKept_MakesTheOldestProofGiveWay()
    {
        var bindings = new ProxyBindings(TimeSpan.FromDays(1));
        for (var i = 0; i < ProxyBindings.MaxWorkers; i++)
        {
            bindings.Prove(Workers.Id($"w-{i}"), Workers.After(i));
        }

        bindings.Prove(Workers.Id("w-0"), Workers.After(ProxyBindings.MaxWorkers));
        Assert.True(bindings.IsBound(Workers.Id("w-1"), Workers.Start));
        bindings.Prove(Workers.Id("w-new"), Workers.Start);
        Assert.Equal(
            [true, false, true, true, true],
            new[] { "w-0", "w-1", "w-2", $"w-{ProxyBindings.MaxWorkers - 1}", "w-new" }.Select(worker => bindings.IsBound(Workers.Id(worker), Workers.Start)));
    }

    [Fact]
    public void Forget_AProvenWorker_UnbindsIt()
    {
        _bindings.Prove(Workers.Id("w-1"), Workers.Start);
        _bindings.Forget(Workers.Id("w-1"));
        Assert.False(_bindings.IsBound(Workers.Id("w-1"), Workers.Start));
    }
}
