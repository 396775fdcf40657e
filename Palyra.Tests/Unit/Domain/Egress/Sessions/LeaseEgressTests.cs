using System.Diagnostics;
using System.Text;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Leasing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Egress.Sessions;

public sealed class LeaseEgressTests : IDisposable
{
    private readonly LeasedEgress _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void TryAuthorize_TokenOfALiveLease_FindsItsSession()
    {
        var (lease, session, token) = _world.Open();
        var found = _world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token), _world.Now).Value;
        Assert.Same(session, found);
        Assert.Equal(lease.LeaseId, found.LeaseId);
        Assert.Equal(lease.RunId, found.RunId);
        Assert.Equal(lease.WorkerId, found.WorkerId);
    }

    [Fact]
    public void TryAuthorize_WorkerOfALiveLease_FindsItsSession()
    {
        var (_, session, _) = _world.Open();
        Assert.Same(session, _world.Egress.TryAuthorize(Workers.Id("W-1"), _world.Now).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("not a token at all, but forty-three charact")]
    public void TryAuthorize_AnythingElse_IsRefused(string token)
    {
        _world.Open();
        Assert.Equal("egress.session.none", _world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token), _world.Now).Refusal!.Code);
    }

    [Fact]
    public void TryAuthorize_AnotherSpellingOfTheSameBytes_IsRefused()
    {
        var (_, _, token) = _world.Open();
        foreach (var last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".Where(last => last != token[^1]))
        {
            Assert.False(_world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token[..^1] + last), _world.Now).IsOk);
        }

        Assert.False(_world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token + "="), _world.Now).IsOk);
    }

    [Fact]
    public void Open_WithinATrace_BelongsToIt()
    {
        using var call = new Activity("call").Start();
        Assert.Equal(call.Context, _world.Open().Session.Trace);
    }

    [Fact]
    public void Open_TheSameLeaseTwice_IsRefused()
    {
        var (lease, _, _) = _world.Open();
        Assert.Equal("egress.session.already_open", OpenAgain(lease, 7).Code);
    }

    [Fact]
    public void Open_TheSameTokenForAnotherLease_IsRefused()
    {
        _world.Egress.Open(_world.Lease("w-2"), LeasedEgress.Tool(), TokenOf(9), _world.Now);
        Assert.Equal("egress.session.token_in_use", OpenAgain(_world.Lease("w-3"), 9).Code);
    }

    [Fact]
    public void Open_LeaseThatEndedMeanwhile_IsRefusedAndLeavesNothingOpen()
    {
        var lease = _world.Lease();
        _world.Fleet.RevokeLease(lease.WorkerId, lease.LeaseId, null, _world.Now);
        Assert.Equal("egress.session.lease_not_active", OpenAgain(lease, 7).Code);
        Assert.Equal(0, _world.Egress.Count);
    }

    [Fact]
    public void Open_LeasePastItsExpiry_IsRefused()
    {
        var lease = _world.Lease(ttlMs: 1000);
        _world.FakeClock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("egress.session.lease_not_active", OpenAgain(lease, 7).Code);
    }

    [Fact]
    public void Open_UnfilledToken_Throws() =>
        Assert.Throws<ArgumentException>(() => _world.Egress.Open(_world.Lease(), LeasedEgress.Tool(), new byte[32], _world.Now));

    [Theory]
    [InlineData("complete")]
    [InlineData("cleanup_failed")]
    [InlineData("revoke")]
    [InlineData("quarantine")]
    [InlineData("quarantine_all")]
    [InlineData("reap")]
    [InlineData("stale")]
    public void Whatever_ends_the_lease_closes_its_egress(string end)
    {
        var (lease, session, token) = _world.Open();
        switch (end)
        {
            case "complete":
                _world.Fleet.Complete(lease.WorkerId, lease.LeaseId, Cleanup(true), _world.Now);
                break;
            case "cleanup_failed":
                _world.Fleet.Complete(lease.WorkerId, lease.LeaseId, Cleanup(false), _world.Now);
                break;
            case "revoke":
                _world.Fleet.RevokeLease(lease.WorkerId, lease.LeaseId, null, _world.Now);
                break;
            case "quarantine":
                _world.Fleet.Quarantine(lease.WorkerId, "operator.says", _world.Now);
                break;
            case "quarantine_all":
                _world.Fleet.QuarantineAll("operator.says", _world.Now);
                break;
            case "reap":
                _world.Fleet.ReapExpired(_world.Now.AddMilliseconds(60_000));
                break;
            default:
                _world.Fleet.MarkStale(_world.Now.AddMilliseconds(50_000));
                break;
        }

        Assert.NotNull(session.CloseReason);
        Assert.True(session.Closed.IsCancellationRequested);
        Assert.False(_world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token), _world.Now).IsOk);
        Assert.False(_world.Egress.TryAuthorize(lease.WorkerId, _world.Now).IsOk);
        Assert.Equal(0, _world.Egress.Count);
    }

    [Fact]
    public void A_session_ends_with_its_expiry_though_nobody_sweeps()
    {
        var (_, session, _) = _world.Open(ttlMs: 1000);
        _world.FakeClock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(session.Closed.IsCancellationRequested);
        _world.FakeClock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(session.Closed.IsCancellationRequested);
        Assert.Equal("worker.ttl_expired", session.CloseReason);
    }

    [Fact]
    public void A_renewed_lease_keeps_its_egress_open_until_its_new_end()
    {
        var (lease, session, _) = _world.Open(ttlMs: 1000);
        _world.FakeClock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(_world.Fleet.Renew(lease.WorkerId, lease.LeaseId, 2000, _world.Now).IsOk);
        _world.FakeClock.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.False(session.Closed.IsCancellationRequested);
        _world.FakeClock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(session.Closed.IsCancellationRequested);
    }

    [Fact]
    public void TryAuthorize_TimePastTheExpiryBeforeTheTimer_IsRefusedAndCloses()
    {
        var (_, session, token) = _world.Open(ttlMs: 1000);
        Assert.False(_world.Egress.TryAuthorize(Encoding.ASCII.GetBytes(token), _world.Now.AddMilliseconds(1000)).IsOk);
        Assert.NotNull(session.CloseReason);
    }

    [Fact]
    public void Open_LateForALeaseThatIsOver_LeavesTheNewerOnesSessionAlone()
    {
        var over = _world.Lease();
        _world.Fleet.Complete(over.WorkerId, over.LeaseId, Cleanup(true), _world.Now);
        var next = _world.Fleet.Assign(over.WorkerId, Workers.Request("run-next"), Workers.Lease(77), _world.Now).Value;
        var session = _world.Egress.Open(next, LeasedEgress.Tool(), TokenOf(1), _world.Now).Value;

        Assert.Equal("egress.session.lease_not_active", _world.Egress.Open(over, LeasedEgress.Tool(), TokenOf(2), _world.Now).Refusal?.Code);

        Assert.Null(session.CloseReason);
    }

    [Fact]
    public void Terms_OfTheToolChange_HoldForALiveSession()
    {
        var tool = LeasedEgress.Tool();
        var session = _world.Egress.Open(_world.Lease(), tool, TokenOf(1), _world.Now).Value;
        Assert.Same(LeasedEgress.Anything, session.Terms.Policy);

        tool.Terms = EgressTerms.None;

        Assert.Same(EgressPolicy.DenyAll, session.Terms.Policy);
    }

    [Fact]
    public void JudgeAgain_AndANewFleetPolicy_AreAnnounced()
    {
        var announced = 0;
        _world.Egress.PolicyChanged += (_, _) => announced++;
        _world.Egress.JudgeAgain();
        _world.Egress.FleetPolicy = EgressPolicy.DenyAll;
        Assert.Equal(2, announced);
    }

    [Fact]
    public void Dispose_ClosesEverySession()
    {
        var (_, session, _) = _world.Open();
        _world.Egress.Dispose();
        Assert.True(session.Closed.IsCancellationRequested);
    }

    [Fact]
    public void Dispose_Egress_ListensToTheFleetNoMore()
    {
        var clock = new WatchedClock();
        using var world = new LeasedEgress(clock);
        var (lease, _, _) = world.Open();
        world.Egress.Dispose();
        var now = world.Now;
        var readings = clock.Readings;
        Assert.True(world.Fleet.Renew(lease.WorkerId, lease.LeaseId, 2000, now).IsOk);
        Assert.Equal(readings, clock.Readings);
    }

    [Fact]
    public void FleetPolicy_Set_IsTheOneThatHolds()
    {
        Assert.Null(_world.Egress.FleetPolicy);
        _world.Egress.FleetPolicy = EgressPolicy.DenyAll;
        Assert.Same(EgressPolicy.DenyAll, _world.Egress.FleetPolicy);
    }

    [Fact]
    public void Close_OpenSession_ClosesItOnce()
    {
        var (lease, session, _) = _world.Open();
        Assert.Equal(1, _world.Egress.Count);
        Assert.EndsWith(": open", session.ToString(), StringComparison.Ordinal);
        Assert.True(_world.Egress.Close(lease.LeaseId, "test.over"));
        Assert.False(_world.Egress.Close(lease.LeaseId, "test.again"));
        Assert.Equal(0, _world.Egress.Count);
        Assert.EndsWith(": test.over", session.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void End_Twice_KeepsTheFirstReason()
    {
        var (_, session, _) = _world.Open();
        Assert.True(session.End("test.over"));
        Assert.False(session.End("test.again"));
        Assert.Equal("test.over", session.CloseReason);
    }

    [Fact]
    public void Close_OpenSession_LeavesNoTimerBehind()
    {
        var clock = new WatchedClock();
        using var world = new LeasedEgress(clock);
        var (lease, _, _) = world.Open();
        Assert.Equal(1, clock.Running);
        world.Egress.Close(lease.LeaseId, "test.over");
        Assert.Equal(0, clock.Running);
    }

    [Fact]
    public void Close_OpenSession_FreesItsToken()
    {
        var lease = _world.Lease("w-2");
        Assert.True(_world.Egress.Open(lease, LeasedEgress.Tool(), TokenOf(9), _world.Now).IsOk);
        _world.Egress.Close(lease.LeaseId, "test.over");
        Assert.True(_world.Egress.Open(_world.Lease("w-3"), LeasedEgress.Tool(), TokenOf(9), _world.Now).IsOk);
    }

    [Fact]
    public void Renew_LeaseWithoutEgress_IsNoneOfItsBusiness()
    {
        var lease = _world.Lease();
        Assert.True(_world.Fleet.Renew(lease.WorkerId, lease.LeaseId, 2000, _world.Now).IsOk);
        Assert.Equal(0, _world.Egress.Count);
    }

    [Fact]
    public void Open_TheWorkersNextLease_IsTheOneItActsFor()
    {
        var (lease, _, _) = _world.Open();
        _world.Fleet.Complete(lease.WorkerId, lease.LeaseId, Cleanup(true), _world.Now);
        var next = _world.Fleet.Assign(lease.WorkerId, Workers.Request("run-next"), Workers.Lease(77), _world.Now).Value;
        var session = _world.Egress.Open(next, LeasedEgress.Tool(), TokenOf(8), _world.Now).Value;
        Assert.Same(session, _world.Egress.TryAuthorize(lease.WorkerId, _world.Now).Value);
    }

    [Fact]
    public void Open_WhileASessionOfTheWorkersLastLeaseIsBeingOpened_SupersedesIt()
    {
        var clock = new WatchedClock();
        using var world = new LeasedEgress(clock);
        var over = world.Lease();
        world.Fleet.Complete(over.WorkerId, over.LeaseId, Cleanup(true), world.Now);
        var next = world.Fleet.Assign(over.WorkerId, Workers.Request("run-next"), Workers.Lease(77), world.Now).Value;
        EgressSession? older = null;
        EgressSession? newer = null;
        clock.TimerMade = () =>
        {
            clock.TimerMade = null;
            older = world.Egress.TryAuthorize(over.WorkerId, world.Now).Value;
            newer = world.Egress.Open(next, LeasedEgress.Tool(), TokenOf(8), world.Now).Value;
        };

        var refused = world.Egress.Open(over, LeasedEgress.Tool(), TokenOf(7), world.Now).Refusal;

        Assert.Equal("egress.session.lease_not_active", refused?.Code);
        Assert.Equal("egress.session.superseded", older?.CloseReason);
        Assert.Equal(1, world.Egress.Count);
        Assert.Same(newer, world.Egress.TryAuthorize(over.WorkerId, world.Now).Value);
    }

    private static byte[] TokenOf(byte fill) => [.. Enumerable.Repeat(fill, EgressToken.Bytes)];

    private static CleanupReport Cleanup(bool verified) => new()
    {
        RemovedWorkspaceScope = verified,
        RemovedArtifacts = true,
        RemovedLogs = true,
    };

    private Palyra.Domain.Results.Refusal OpenAgain(WorkerLease lease, byte fill) =>
        _world.Egress.Open(lease, LeasedEgress.Tool(), TokenOf(fill), _world.Now).Refusal!;
}
