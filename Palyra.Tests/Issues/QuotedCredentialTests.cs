using Palyra.Domain.Capabilities;

namespace Palyra.Tests.Issues;

/// <summary>A bearer or basic credential in quotes was taken for no credential at all and shown.</summary>
public class QuotedCredentialTests
{
    [Theory]
    [InlineData("Bearer \"hunter2 and more\" rest", "Bearer <redacted> rest")]
    [InlineData("bearer='hunter2' rest", "bearer=<redacted> rest")]
    [InlineData("basic: \\\"hunter2\\\" rest", "basic: <redacted> rest")]
    [InlineData("Bearer {hunter2}", "Bearer <redacted>")]
    public void OfText_QuotedCredential_IsHidden(string text, string expected) => Assert.Equal(expected, PayloadSummary.OfText(text));
}
