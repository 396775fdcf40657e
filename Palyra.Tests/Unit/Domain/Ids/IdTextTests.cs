using Palyra.Domain.Ids;

namespace Palyra.Tests.Unit.Domain.Ids;

public class IdTextTests
{
    private const string One = "00000000000000000000000001";
    private const string Two = "00000000000000000000000002";
    private const string Last = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";

    public static TheoryData<string> NoId => ["", "00000000000000000000000000", "80000000000000000000000000", "0000000000000000000000000I", "0000000000000000000000001"];

    [Theory]
    [MemberData(nameof(NoId))]
    public void TryParse_NoIdOrTheEmptyOne_GivesTheDefault(string text)
    {
        Assert.Equal((false, default), (LeaseId.TryParse(text, out var lease), lease));
        Assert.Equal((false, default), (DeviceId.TryParse(text, out var device), device));
        Assert.Equal((false, default), (ApprovalId.TryParse(text, out var approval), approval));
        Assert.Equal((false, default), (CapabilityRequestId.TryParse(text, out var request), request));
        Assert.Equal((false, default), (PairingSessionId.TryParse(text, out var session), session));
        Assert.Throws<FormatException>(() => LeaseId.Parse(text));
        Assert.Throws<FormatException>(() => DeviceId.Parse(text));
        Assert.Throws<FormatException>(() => ApprovalId.Parse(text));
        Assert.Throws<FormatException>(() => CapabilityRequestId.Parse(text));
        Assert.Throws<FormatException>(() => PairingSessionId.Parse(text));
    }

    [Theory]
    [InlineData(One)]
    [InlineData(Last)]
    public void Parse_Canonical_ReadsBack(string text)
    {
        Assert.Equal(text, LeaseId.Parse(text).ToString());
        Assert.Equal(text, DeviceId.Parse(text).ToString());
        Assert.Equal(text, ApprovalId.Parse(text).ToString());
        Assert.Equal(text, CapabilityRequestId.Parse(text).ToString());
        Assert.Equal(text, PairingSessionId.Parse(text).ToString());
        Assert.False(LeaseId.Parse(text).IsEmpty || DeviceId.Parse(text).IsEmpty || ApprovalId.Parse(text).IsEmpty);
    }

    [Fact]
    public void Order_IsThatOfTheText()
    {
        InOrder(Ulid.Parse(One), Ulid.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(LeaseId.Parse(One), LeaseId.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(DeviceId.Parse(One), DeviceId.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(ApprovalId.Parse(One), ApprovalId.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(CapabilityRequestId.Parse(One), CapabilityRequestId.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(PairingSessionId.Parse(One), PairingSessionId.Parse(Two), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
        InOrder(WorkerId.Parse("A-1"), WorkerId.Parse("a-2"), (a, b) => a < b, (a, b) => a > b, (a, b) => a <= b, (a, b) => a >= b);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    [InlineData(null)]
    public void TryParse_NoFreeText_GivesTheDefault(string? text)
    {
        Assert.Equal((false, default), (WorkerId.TryParse(text, out var worker), worker));
        Assert.Equal((false, default), (GrantId.TryParse(text, out var grant), grant));
        Assert.Equal((false, default), (RunId.TryParse(text, out var run), run));
        Assert.True(worker.IsEmpty && grant.IsEmpty && run.IsEmpty);
        Assert.Equal(("", "", ""), (worker.ToString(), grant.ToString(), run.ToString()));
        Assert.Throws<FormatException>(() => WorkerId.Parse(text!));
        Assert.Throws<FormatException>(() => GrantId.Parse(text!));
        Assert.Throws<FormatException>(() => RunId.Parse(text!));
    }

    [Theory]
    [InlineData(128, 'x', true)]
    [InlineData(129, 'x', false)]
    [InlineData(64, 'ü', true)]
    [InlineData(65, 'ü', false)]
    public void TryParse_FreeText_HasAtMost128Bytes(int length, char character, bool accepted)
    {
        var text = new string(character, length);

        Assert.Equal((accepted, accepted, accepted), (WorkerId.TryParse(text, out _), GrantId.TryParse(text, out _), RunId.TryParse(text, out _)));
    }

    [Theory]
    [InlineData(1279, true)]
    [InlineData(1280, false)]
    public void TryParse_FreeTextAmongSpace_IsTrimmedUpToTenTimesTheLimit(int spaces, bool accepted)
    {
        Assert.Equal((accepted, accepted), (WorkerId.TryParse(new string(' ', spaces) + 'x', out var worker), GrantId.TryParse('x' + new string(' ', spaces), out var grant)));
        Assert.Equal((accepted ? "x" : "", accepted ? "x" : ""), (worker.ToString(), grant.ToString()));
    }

    [Theory]
    [InlineData("Worker", "worker", true)]
    [InlineData("wORKER", "worker", true)]
    [InlineData("AZ", "az", true)]
    [InlineData("W", "w ", true)]
    [InlineData("\u212A", "k", false)]
    [InlineData("Ü", "ü", false)]
    [InlineData("@[", "`{", false)]
    public void WorkerId_AsciiLettersOnly_CompareWithoutCase(string left, string right, bool same)
    {
        var (one, two) = (WorkerId.Parse(left), WorkerId.Parse(right));

        Assert.Equal((same, same, !same, same), (one == two, one.Equals((object)two), one != two, one.CompareTo(two) == 0));
        Assert.True(!same || one.GetHashCode() == two.GetHashCode());
        Assert.Equal(left, one.ToString());
    }

    [Fact]
    public void WorkerId_AnythingElse_IsNotEqual()
    {
        Assert.False(WorkerId.Parse("w").Equals("w"));
        Assert.NotEqual(default, WorkerId.Parse("w"));
        Assert.Equal(0, default(WorkerId).GetHashCode());
        Assert.NotEqual(WorkerId.Parse("w").GetHashCode(), WorkerId.Parse("v").GetHashCode());
        Assert.Equal(One, WorkerId.From(DeviceId.Parse(One)).ToString());
    }

    private static void InOrder<T>(T low, T high, Func<T, T, bool> less, Func<T, T, bool> more, Func<T, T, bool> atMost, Func<T, T, bool> atLeast) where T : IComparable<T>
    {
        Assert.Equal((true, false, false), (less(low, high), less(high, low), less(low, low)));
        Assert.Equal((false, true, false), (more(low, high), more(high, low), more(low, low)));
        Assert.Equal((true, false, true), (atMost(low, high), atMost(high, low), atMost(low, low)));
        Assert.Equal((false, true, true), (atLeast(low, high), atLeast(high, low), atLeast(low, low)));
        Assert.Equal((-1, 1, 0), (Math.Sign(low.CompareTo(high)), Math.Sign(high.CompareTo(low)), low.CompareTo(low)));
    }
}
