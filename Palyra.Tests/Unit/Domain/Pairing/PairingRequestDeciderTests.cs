using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Pairing;

public class PairingRequestDeciderTests
{
    private static readonly PairingRequestState[] States = Enum.GetValues<PairingRequestState>();

    // Every row of the table, and the two idempotent pairs; what is not here is refused.
    private static readonly Dictionary<(PairingRequestState From, PairingAct Act, bool Late), PairingRequestState> Table = new()
    {
        [(PairingRequestState.PendingApproval, PairingAct.Approve, false)] = PairingRequestState.Approved,
        [(PairingRequestState.Approved, PairingAct.Approve, false)] = PairingRequestState.Approved,
        [(PairingRequestState.PendingApproval, PairingAct.Reject, false)] = PairingRequestState.Rejected,
        [(PairingRequestState.Rejected, PairingAct.Reject, false)] = PairingRequestState.Rejected,
        [(PairingRequestState.Rejected, PairingAct.Reject, true)] = PairingRequestState.Rejected,
        [(PairingRequestState.PendingApproval, PairingAct.Expire, true)] = PairingRequestState.Expired,
        [(PairingRequestState.Approved, PairingAct.Expire, true)] = PairingRequestState.Expired,
        [(PairingRequestState.Approved, PairingAct.Complete, false)] = PairingRequestState.Completed,
    };

    public static TheoryData<PairingRequestState, PairingAct, bool> EveryPair()
    {
        var pairs = new TheoryData<PairingRequestState, PairingAct, bool>();
        foreach (var state in States)
        {
            foreach (var act in Enum.GetValues<PairingAct>().Where(act => act != PairingAct.Unspecified))
            {
                pairs.Add(state, act, false);
                pairs.Add(state, act, true);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void Act_InEveryState_FollowsTheTableOrIsRefused(PairingRequestState from, PairingAct act, bool late)
    {
        var request = Pairings.In(from);

        var result = Take(request, act, late ? Pairings.TooLate : Pairings.InTime);

        if (Table.TryGetValue((from, act, late), out var to))
        {
            Assert.Equal(to, result.Value.State);
        }
        else
        {
            var refusal = Assert.IsType<PairingRefusal.InvalidPairingTransition>(result.Refusal);
            Assert.Equal(act, refusal.Act);
            Assert.Equal("InvalidPairingTransition", refusal.Code);
        }
    }

    [Fact]
    public void Approve_ExpiredByTheClockOnly_IsRefusedAsExpired()
    {
        var refusal = PairingRequestDecider.Approve(Pairings.In(PairingRequestState.PendingApproval), Pairings.By(), Pairings.TooLate).Refusal;

        Assert.Equal(new PairingRefusal.InvalidPairingTransition(NodeRuntimes.Session(1), PairingRequestState.Expired, PairingAct.Approve), refusal);
    }

    [Fact]
    public void Approve_Accepted_RecordsWhoWhenWhyAndScope()
    {
        var approved = PairingRequestDecider.Approve(Pairings.In(PairingRequestState.PendingApproval), Pairings.By(), Pairings.InTime).Value;

        Assert.Equal(("admin:local", Pairings.InTime, "known device", 60_000L), (approved.DecidedBy, approved.DecidedAt, approved.DecisionReason, approved.DecisionScopeTtlMs));
    }

    [Fact]
    public void Approve_SecondTimeByAnother_KeepsTheFirstDecision()
    {
        var approved = PairingRequestDecider.Approve(Pairings.In(PairingRequestState.PendingApproval), Pairings.By(), Pairings.InTime).Value;

        var again = PairingRequestDecider.Approve(approved, Pairings.By("someone else", "other"), Pairings.InTime).Value;

        Assert.Same(approved, again);
    }

    [Fact]
    public void Expire_Undecided_GetsTheStandardReason() =>
        Assert.Equal("pairing request expired", PairingRequestDecider.Expire(Pairings.In(PairingRequestState.PendingApproval), Pairings.TooLate).Value.DecisionReason);

    [Fact]
    public void Expire_Approved_KeepsItsReason() =>
        Assert.Equal("looked fine", PairingRequestDecider.Expire(Pairings.In(PairingRequestState.Approved, "looked fine"), Pairings.TooLate).Value.DecisionReason);

    [Fact]
    public void Complete_Approved_KeepsTheMaterial() =>
        Assert.Same(Pairings.Material, PairingRequestDecider.Complete(Pairings.In(PairingRequestState.Approved), Pairings.Material, Pairings.InTime).Value.Material);

    [Theory]
    [InlineData("", "why", 1L, "decided_by")]
    [InlineData("   ", "why", 1L, "decided_by")]
    [InlineData("me", "why", 0L, "decision_scope_ttl_ms")]
    [InlineData("me", "why", -1L, "decision_scope_ttl_ms")]
    public void Approve_MalformedDecision_NamesTheField(string by, string reason, long scope, string field)
    {
        var refusal = PairingRequestDecider.Approve(Pairings.In(PairingRequestState.PendingApproval), Pairings.By(by, reason, scope), Pairings.InTime).Refusal;

        Assert.Equal(field, Assert.IsType<PairingRefusal.InvalidPairingField>(refusal).Field);
    }

    [Fact]
    public void Reject_ReasonTooLong_NamesTheField()
    {
        var decision = Pairings.By(reason: new string('x', PairingDecision.MaxReasonLength + 1));

        var refusal = PairingRequestDecider.Reject(Pairings.In(PairingRequestState.PendingApproval), decision, Pairings.InTime).Refusal;

        Assert.Equal("decision_reason", Assert.IsType<PairingRefusal.InvalidPairingField>(refusal).Field);
    }

    [Fact]
    public void Approve_NameOfLimitLength_IsAccepted() =>
        Assert.True(PairingRequestDecider.Approve(
            Pairings.In(PairingRequestState.PendingApproval), Pairings.By(new string('x', PairingDecision.MaxByLength), new string('y', PairingDecision.MaxReasonLength)),
            Pairings.InTime).IsOk);

    [Fact]
    public void Approve_NameOverLimit_IsRefused() =>
        Assert.False(PairingRequestDecider.Approve(
            Pairings.In(PairingRequestState.PendingApproval), Pairings.By(new string('x', PairingDecision.MaxByLength + 1)), Pairings.InTime).IsOk);

    [Theory]
    [InlineData(100L, 60_100L)]
    [InlineData(null, 60_000L)]
    public void ScopeEndsAt_ApprovedForAMinute_CountsFromTheDecisionOrElseFromTheRequest(long? decidedAt, long endsAt)
    {
        var approved = Pairings.In(PairingRequestState.Approved) with
        {
            DecidedAt = decidedAt is { } at ? new UnixTime(at) : null,
            DecisionScopeTtlMs = 60_000,
        };

        Assert.Equal(new UnixTime(endsAt), approved.ScopeEndsAt);
    }

    private static Result<PairingRequestRecord> Take(PairingRequestRecord request, PairingAct act, UnixTime now) => act switch
    {
        PairingAct.Approve => PairingRequestDecider.Approve(request, Pairings.By(), now),
        PairingAct.Reject => PairingRequestDecider.Reject(request, Pairings.By(), now),
        PairingAct.Expire => PairingRequestDecider.Expire(request, now),
        PairingAct.Complete => PairingRequestDecider.Complete(request, Pairings.Material, now),
        _ => throw new ArgumentOutOfRangeException(nameof(act)),
    };
}
