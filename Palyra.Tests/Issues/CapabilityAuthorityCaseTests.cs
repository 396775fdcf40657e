using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Only the three digests of an attestation compare without the case of their hex digits; the capability authority is a text.</summary>
public class CapabilityAuthorityCaseTests
{
    [Theory]
    [InlineData("abababababababababababababababababababababababababababababababab", true)]
    [InlineData("ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB", false)]
    public void Register_Authority_HasToBeTheSameText(string authority, bool admitted)
    {
        var fleet = new WorkerFleet(Workers.Policy with { RequiredCapabilityAuthority = string.Concat(Enumerable.Repeat("ab", 32)) });
        var answer = fleet.Register(Workers.Claims() with { CapabilityAuthority = authority }, Workers.Start);
        Assert.Equal(admitted, answer.IsOk);
        Assert.True(admitted || answer.Refusal?.Code == "CompatibilityMismatch");
    }
}
