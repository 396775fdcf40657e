using Palyra.Tests.Conventions.Approved;

namespace Palyra.Tests.Attacks;

/// <summary>The index of the corpus that people read, <c>docs/attacks.md</c>, is made from the corpus and says what the corpus says.</summary>
public class AttackIndexTests
{
    [Fact]
    public void Index_IsMadeFromTheCorpus() => ApprovedText.Verify(AttackIndex.Markdown(), "docs/attacks.md", nameof(AttackIndexTests));

    [Fact]
    public void EveryRoom_SaysWhatItRefuses() => Assert.All(AttackCase.All(), attack => Assert.Contains(attack.Room, AttackIndex.Rooms));
}
