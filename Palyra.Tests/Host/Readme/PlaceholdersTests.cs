namespace Palyra.Tests.Host.Readme;

public sealed class PlaceholdersTests
{
    private const string IdA = "01M8AAJDFQANJMP188WH2F6J04";
    private const string IdB = "01M8AAJEHXKW8BDJABHAZESQQE";
    private const string IdX = "01M8AAZZZZZZZZZZZZZZZZZZZX";
    private const string IdY = "01M8AAZZZZZZZZZZZZZZZZZZZY";

    /// <summary>Sentence → shown → printed → whether they agree.</summary>
    public static TheoryData<string, string, string, bool> Lines => new()
    {
        { "a literal", "state  approved", "state  approved", true },
        { "another literal", "state  approved", "state  rejected", false },
        { "more than was shown", "state  approved", "state  approved at once", false },
        { "another number of spaces", "state    approved", "state  approved   ", true },
        { "one space is one space", "No nodes.", "No  nodes.", false },
        { "another id", $"worker {IdA}", $"worker {IdX}", true },
        { "no id", $"worker {IdA}", "worker nobody", false },
        { "the same id twice", $"{IdA} {IdA}", $"{IdX} {IdX}", true },
        { "the same id shown, others printed", $"{IdA} {IdA}", $"{IdX} {IdY}", false },
        { "two ids shown, one printed twice", $"{IdA} {IdB}", $"{IdX} {IdX}", false },
        { "another port", "node rpc    127.0.0.1:7143", "node rpc    127.0.0.1:41001", true },
        { "another host", "node rpc    127.0.0.1:7143", "node rpc    10.0.0.1:7143", false },
        { "another age", "3 s ago", "12 min ago", true },
        { "an age for a time", "2026-11-25 21:52:43Z", "3 s ago", false },
        { "another pid", "pid  18750", "pid  7", true },
        { "a number that is no pid", "attempts  1", "attempts  2", false },
        { "another code", "code  664835", "code  000001", true },
        { "a code that is too short", "code  664835", "code  66483", false },
        { "a dot is a dot", "a.b", "axb", false },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Match_OneLine_ByTheRule(string sentence, string shown, string printed, bool agree) =>
        Assert.True(agree == Placeholders.None.Match(shown, printed) is not null, sentence);

    [Fact]
    public void Match_IdSeenBefore_StandsForTheSameOneFromThenOn()
    {
        var known = Placeholders.None.Match(IdA, IdX)!;

        Assert.NotNull(known.Match($"again {IdA}", $"again {IdX}"));
        Assert.Null(known.Match($"again {IdA}", $"again {IdY}"));
        Assert.Null(known.Match(IdB, IdX));
        Assert.Equal($"palyra nodes revoke {IdX}", known.Substitute($"palyra nodes revoke {IdA}"));
        Assert.Equal([IdB], known.Unknown($"palyra nodes revoke {IdA} {IdB}"));
    }

    [Fact]
    public void Match_Output_HasAllItsLinesAndNoOthers()
    {
        Assert.NotNull(Placeholders.None.Match(["a", "b"], ["a", "b"]));
        Assert.Null(Placeholders.None.Match(["a", "b"], ["a"]));
        Assert.Null(Placeholders.None.Match(["a"], ["a", "b"]));
        Assert.NotNull(Placeholders.None.Match([new string('x', 70), "yyyyyyyyyyyyyyy"], [new string('x', 70) + " yyyyyyyyyyyyyyy"]));
    }
}
