using Palyra.Tests.Conventions.Approved;

namespace Palyra.Tests.Conventions.ReasonCodes;

/// <summary>The codes that programs match on, as a page made from the code: <c>docs/reason-codes.md</c>.</summary>
public class ReasonCodeTests
{
    [Fact]
    public void Page_IsMadeFromTheCode() => ApprovedText.Verify(ReasonCodeIndex.Markdown(), "docs/reason-codes.md", nameof(ReasonCodeTests));

    [Fact]
    public void EveryCode_BelongsToOneRefusal() =>
        Assert.Empty(ReasonCodeIndex.Refusals().GroupBy(refusal => refusal.Code).Where(same => same.Select(refusal => refusal.GetType()).Distinct().Count() > 1)
            .Select(same => $"{same.Key}: {string.Join(", ", same.Select(refusal => refusal.GetType().Name))}")
            .Except(ReasonCodeIndex.SharedOnPurpose));
}
