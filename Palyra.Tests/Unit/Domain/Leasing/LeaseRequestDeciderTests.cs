using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Leasing;

public class LeaseRequestDeciderTests
{
    private static readonly (string Code, string Field, Func<LeaseRequest, LeaseRequest> Break)[] Checks =
    [
        ("InvalidLeaseRequest", "run_id", good => good with { RunId = default }),
        ("InvalidLeaseRequest", "ttl_ms", good => good with { TtlMs = 0 }),
        ("TtlExceeded", "ttl_ms", good => good with { TtlMs = 900_001 }),
        ("InvalidLeaseRequest", "grant_id", good => good with { Grant = good.Grant with { GrantId = default } }),
        ("InvalidLeaseRequest", "grant.run_id", good => good with { Grant = good.Grant with { RunId = RunId.Parse("other") } }),
        ("InvalidLeaseRequest", "grant.expires_at_unix_ms", good => good with { Grant = good.Grant with { ExpiresAt = Start } }),
        ("InvalidLeaseRequest", "required_capabilities", good => good with { RequiredCapabilities = [new string('x', 129)] }),
        ("InvalidLeaseRequest", "workspace_scope", good => good with { Workspace = good.Workspace with { AllowedPaths = ["../etc"] } }),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Checks.Length)];

    [Fact]
    public void Check_GoodRequest_Passes() => Assert.Null(Check(Request()));

    [Theory]
    [MemberData(nameof(Each))]
    public void Check_ThatRuleAndAllLaterOnesBroken_TellsTheFirst(int check)
    {
        Assert.Equal((Checks[check].Code, Checks[check].Field), Told(Checks[check].Break(Request())));
        var broken = Checks[check..].Reverse().Aggregate(Request(), (request, each) => each.Break(request));
        Assert.Equal((Checks[check].Code, Checks[check].Field), Told(broken));
    }

    [Fact]
    public void Check_AtTheLimits_Passes()
    {
        Assert.Null(Check(Request(ttlMs: 1)));
        Assert.Null(Check(Request(ttlMs: 900_000)));
        Assert.Null(Check(Request() with { RequiredCapabilities = [.. Enumerable.Repeat(new string('x', 128), 256)] }));
        Assert.Null(Check(Request() with { Grant = Request().Grant with { ExpiresAt = After(1) } }));
        Assert.NotNull(Check(Request() with { RequiredCapabilities = [.. Enumerable.Repeat("x", 257)] }));
    }

    [Theory]
    [InlineData("src", true)]
    [InlineData("src/deep/er", true)]
    [InlineData("..src", true)]
    [InlineData("with space/ümlaut", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("/etc", false)]
    [InlineData("src/", false)]
    [InlineData("src//a", false)]
    [InlineData("src/./a", false)]
    [InlineData("src/../../etc", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\nb", false)]
    [InlineData("C:/windows", false)]
    [InlineData("C:", false)]
    [InlineData("a\\..\\b", false)]
    [InlineData("\\\\server\\share", false)]
    public void IsConfined_StaysBelowItsRoot(string path, bool confined) => Assert.Equal(confined, WorkspaceScope.IsConfined(path));

    [Fact]
    public void IsValid_BoundsRootsPathsAndTheirNumber()
    {
        var scope = new WorkspaceScope { WorkspaceRoot = "/w", AllowedPaths = ["a"] };
        Assert.True(scope.IsValid());
        Assert.True((scope with { AllowedPaths = [] }).IsValid());
        Assert.False((scope with { WorkspaceRoot = "a\0b" }).IsValid());
        Assert.False((scope with { WorkspaceRoot = new string('x', 4097) }).IsValid());
        Assert.True((scope with { WorkspaceRoot = new string('x', 4096), AllowedPaths = [new string('x', 4096)] }).IsValid());
        Assert.False((scope with { AllowedPaths = [new string('x', 4097)] }).IsValid());
        Assert.False((scope with { AllowedPaths = [new string('ü', 2049)] }).IsValid());
        Assert.True((scope with { AllowedPaths = [.. Enumerable.Repeat("a", 1024)] }).IsValid());
        Assert.False((scope with { AllowedPaths = [.. Enumerable.Repeat("a", 1025)] }).IsValid());
    }

    [Fact]
    public void Lists_Absent_AreEmpty()
    {
        Assert.Empty((Request() with { RequiredCapabilities = null! }).RequiredCapabilities);
        var scope = new WorkspaceScope { WorkspaceRoot = "/w", AllowedPaths = null! };
        Assert.True(scope.IsValid() && scope.AllowedPaths.Count == 0);
        Assert.False(WorkspaceScope.IsConfined(null));
    }

    [Fact]
    public void Lists_ChangedAfterwards_StayAsTheyWere()
    {
        var (capabilities, paths) = (new List<string> { Echo }, new List<string> { "src" });
        var request = Request() with { RequiredCapabilities = capabilities, Workspace = new WorkspaceScope { WorkspaceRoot = "/w", AllowedPaths = paths } };
        capabilities[0] = new string('x', 129);
        paths[0] = "..";

        Assert.Null(Check(request));
        Assert.Equal([Echo], request.RequiredCapabilities);
        Assert.Equal(["src"], request.Workspace.AllowedPaths);
    }

    private static (string?, string?) Told(LeaseRequest request) => (Check(request)?.Code, Check(request)?.Subject);

    private static Refusal? Check(LeaseRequest request) => LeaseRequestDecider.Check(request, CompiledFleetPolicy.Compile(Policy), Start);
}
