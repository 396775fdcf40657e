namespace Palyra.Tests.Attacks;

/// <summary>The shape of the corpus as a whole; each room runs its own attacks.</summary>
public class CorpusTests
{
    [Fact]
    public void EveryAttack_HasItsOwnIdAndEveryMember()
    {
        var attacks = AttackCase.All().ToArray();
        Assert.Equal(attacks.Length, attacks.Select(attack => attack.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(attacks, attack => AttackCase.Load(attack.Room, attack.Id));
    }
}
