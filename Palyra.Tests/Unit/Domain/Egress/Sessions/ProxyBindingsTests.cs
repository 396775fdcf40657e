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
    public void Forget_AProvenWorker_UnbindsIt()
    {
        _bindings.Prove(Workers.Id("w-1"), Workers.Start);
        _bindings.Forget(Workers.Id("w-1"));
        Assert.False(_bindings.IsBound(Workers.Id("w-1"), Workers.Start));
    }
}
