using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Run ids were trimmed, so a grant to <c>"run "</c> served the run <c>"run"</c>.</summary>
public class RunIdSpaceTests
{
    [Theory]
    [InlineData("run ")]
    [InlineData(" run")]
    [InlineData("RUN")]
    public void Check_GrantOfAnAlmostEqualRun_IsInvalid(string granted)
    {
        var request = Workers.Request("run");
        request = request with { Grant = request.Grant with { RunId = RunId.Parse(granted) } };
        var refusal = LeaseRequestDecider.Check(request, CompiledFleetPolicy.Compile(Workers.Policy), Workers.Start);
        Assert.Equal(("InvalidLeaseRequest", "grant.run_id"), (refusal?.Code, refusal?.Subject));
    }

    [Theory]
    [InlineData(" run ", true)]
    [InlineData("", false)]
    [InlineData(" \u00a0", false)]
    [InlineData("a\nb", false)]
    [InlineData("run\n", false)]
    public void TryParse_KeepsTheTextOrRefusesIt(string text, bool parsed)
    {
        Assert.Equal(parsed, RunId.TryParse(text, out var id));
        Assert.Equal(parsed ? text : "", id.ToString());
    }

    [Fact]
    public void TryParse_SpaceCountsTowardsTheLimit()
    {
        Assert.True(RunId.TryParse(new string('x', 127) + " ", out _));
        Assert.False(RunId.TryParse(new string('x', 128) + " ", out _));
    }
}
