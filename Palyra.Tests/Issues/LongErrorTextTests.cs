using Palyra.Domain.Capabilities;

namespace Palyra.Tests.Issues;

/// <summary>A text over the inspected length was cut and then taken for a whole one: JSON so cut was no JSON any more, and an escaped key hid its secret.</summary>
public class LongErrorTextTests
{
    [Fact]
    public void OfText_LongJsonWithAnEscapedKey_HidesItsSecret()
    {
        var text = $$"""{"pass\u0077ord":"hunter2","log":"{{new string('x', PayloadSummary.InspectedBytes)}}"}""";
        Assert.Equal("""{"password":"<redacted>","log":...""", PayloadSummary.OfText(text));
    }
}
