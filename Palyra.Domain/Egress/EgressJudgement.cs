using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Egress;

/// <summary>The outcome of every check that needs no DNS: a denial, or the target to resolve. The default value denies.</summary>
public readonly struct EgressJudgement
{
    private readonly EgressVerdict _denial;
    private readonly EgressTarget? _target;

    internal EgressJudgement(EgressVerdict denial) => _denial = denial;

    internal EgressJudgement(EgressTarget target) => _target = target;

    /// <summary>Gives the target, or the verdict that denies.</summary>
    /// <returns>Whether there is a target.</returns>
    public bool TryGetTarget([NotNullWhen(true)] out EgressTarget? target, out EgressVerdict denial)
    {
        target = _target;
        denial = _denial;
        return _target is not null;
    }
}
