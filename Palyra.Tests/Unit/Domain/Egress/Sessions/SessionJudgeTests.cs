using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Egress.Sessions;

public sealed class SessionJudgeTests : IDisposable
{
    private readonly LeasedEgress _world = new();
    private readonly FakeNames _names = new() { Answer = (_, _) => FakeNames.Of("93.184.216.34") };
    private readonly SessionJudge _judge;
    private readonly WorkerLease _lease;
    private readonly ToolEgress _tool = LeasedEgress.Tool(Policy(), [Binding("x-here")]);
    private readonly EgressSession _session;

    public SessionJudgeTests()
    {
        _judge = new SessionJudge(_world.Egress, _names);
        _lease = _world.Lease();
        _session = _world.Egress.Open(_lease, _tool, Enumerable.Repeat((byte)3, EgressToken.Bytes).ToArray(), _world.Now).Value;
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task DecideAsync_AllowedByTheTool_IsAllowedWithItsCredentials()
    {
        var verdict = await DecideAsync();

        Assert.True(verdict.Allowed, verdict.ReasonCode);
        Assert.Equal("x-here", Assert.Single(verdict.InjectedHeaderNames));
    }

    [Fact]
    public async Task DecideAsync_FleetAllowsLess_IsDenied()
    {
        _world.Egress.FleetPolicy = EgressPolicy.DenyAll;

        Assert.False((await DecideAsync()).Allowed);
    }

    [Fact]
    public async Task DecideAsync_TermsTakenAway_IsDeniedFromThenOn()
    {
        var earlier = await DecideAsync();
        _tool.Terms = EgressTerms.None;

        Assert.False((await DecideAsync()).Allowed);
        Assert.False(_judge.DecideAgain(_session, Request(), earlier).Allowed);
    }

    [Fact]
    public async Task DecideAsync_CredentialTakenAway_GoesWithoutItFromThenOn()
    {
        _tool.Terms = _tool.Terms with { Credentials = [] };

        Assert.Empty((await DecideAsync()).InjectedHeaderNames);
    }

    [Fact]
    public void Terms_Null_AreRefused() => Assert.Throws<ArgumentNullException>(() => _tool.Terms = null!);

    [Fact]
    public void Credentials_DefaultArray_AreNone()
    {
        Assert.Empty(new EgressTerms(LeasedEgress.Anything, default).Credentials);
        Assert.Empty((_tool.Terms with { Credentials = default }).Credentials);
    }

    [Fact]
    public async Task DecideAgain_NothingChanged_IsAllowedToTheSameAddresses()
    {
        var earlier = await DecideAsync();

        Assert.Equal(Assert.Single(earlier.Addresses), Assert.Single(_judge.DecideAgain(_session, Request(), earlier).Addresses));
        Assert.Equal(1, _names.Asked);
    }

    [Fact]
    public async Task DecideAsync_Unresolvable_IsDenied() =>
        Assert.Equal("egress.denied.dns_failed", (await new SessionJudge(_world.Egress, null).DecideAsync(_session, Request(), default)).ReasonCode);

    [Fact]
    public async Task DecideAsync_Literal_IsNotResolved()
    {
        _tool.Terms = EgressTerms.None with { Policy = LeasedEgress.Anything };

        var verdict = await new SessionJudge(_world.Egress, null).DecideAsync(_session, Request("https://93.184.216.34/"), default);

        Assert.True(verdict.Allowed, verdict.ReasonCode);
    }

    [Fact]
    public async Task JudgeTarget_AllowedByTheTool_LeavesItsNameToResolveAsync()
    {
        Assert.True(_judge.JudgeTarget(_session, Request()).TryGetTarget(out var target, out _));
        Assert.Equal(0, _names.Asked);

        Assert.True((await _judge.ResolveAsync(target, default)).Allowed);
        Assert.Equal(1, _names.Asked);
    }

    [Fact]
    public void PolicyOf_NothingChanged_IsTheSameObject()
    {
        Assert.Same(_tool.Terms.Policy, _judge.PolicyOf(_session));
        _world.Egress.FleetPolicy = LeasedEgress.Anything;
        var combined = _judge.PolicyOf(_session);
        Assert.NotSame(_tool.Terms.Policy, combined);
        Assert.Same(combined, _judge.PolicyOf(_session));

        _world.Egress.FleetPolicy = EgressPolicy.DenyAll;

        Assert.NotSame(combined, _judge.PolicyOf(_session));
    }

    [Fact]
    public async Task DecideAsync_WorkerAsksForItsLease_GivesTheVerdict()
    {
        var judged = await _judge.DecideAsync(_lease.WorkerId, _lease.LeaseId, Request(), _world.Now, default);

        Assert.True(judged.Value.Allowed);
    }

    [Fact]
    public async Task DecideAsync_WorkerAsksForAnotherLease_IsRefused()
    {
        var judged = await _judge.DecideAsync(_lease.WorkerId, Workers.Lease(77), Request(), _world.Now, default);

        Assert.Equal("egress.session.none", judged.Refusal?.Code);
        Assert.Equal(0, _names.Asked);
    }

    [Fact]
    public async Task DecideAsync_WorkerWithoutALease_IsRefused() =>
        Assert.False((await _judge.DecideAsync(Workers.Id("w-9"), _lease.LeaseId, Request(), _world.Now, default)).IsOk);

    private async Task<EgressVerdict> DecideAsync() => await _judge.DecideAsync(_session, Request(), default);
}
