using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Pairing requests: devices that proved a code and wait for a person.
public sealed partial class NodeRuntime
{
    /// <summary>
    /// Records a verified handshake and consumes its code, in one: the code is used up exactly when its request exists. Other handshakes on the code end.
    /// The request waits for a person until the code would have expired.
    /// </summary>
    /// <returns>The pending request; or <c>UnknownPairingSession</c>, <c>PairingRequestExists</c> or <c>InvalidPairingField</c>.</returns>
    public async ValueTask<Result<PairingRequestRecord>> AddVerifiedPairing(PairingSessionId session, VerifiedPairing verified)
    {
        ArgumentNullException.ThrowIfNull(verified);
        PairingRequestRecord request;
        PendingCommit commit;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            var now = Now;
            if (_state.PairingRequests.ContainsKey(session))
            {
                return new PairingRefusal.PairingRequestExists(session);
            }

            if (verified.DeviceId.IsEmpty || verified.ClientKind == ClientKind.Unspecified)
            {
                return new PairingRefusal.InvalidPairingField("verified_pairing", "must name a device and its kind");
            }

            if (!TryGetSessionCode_NeedsLock(session, now, out var code))
            {
                return new PairingRefusal.UnknownPairingSession(session);
            }

            request = new PairingRequestRecord
            {
                SessionId = session,
                DeviceId = verified.DeviceId,
                ClientKind = verified.ClientKind,
                Method = code.Method,
                CodeIssuedBy = code.IssuedBy,
                RequestedAt = now,
                ExpiresAt = code.ExpiresAt,
                ApprovalId = new ApprovalId(_entropy.NextUlid(now)),
                State = PairingRequestState.PendingApproval,
                VerifiedPairing = verified,
            };
            RemoveCode_NeedsLock(commit, code.Code);
            commit.Apply(new NodeRuntimeChange.PutPairingRequest(request));
            SchedulePairing_NeedsLock(commit, request);
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return request;
    }

    /// <summary>A person approves, at the runtime's own time.</summary>
    /// <returns>The request; or <c>UnknownPairingRequest</c>, <c>InvalidPairingField</c> or <c>InvalidPairingTransition</c>.</returns>
    public ValueTask<Result<PairingRequestRecord>> Approve(PairingSessionId session, PairingDecision decision) =>
        Change(session, decision, static (request, decision, now) => PairingRequestDecider.Approve(request, decision, now));

    /// <summary>A person rejects, at the runtime's own time.</summary>
    /// <returns>The request; or <c>UnknownPairingRequest</c>, <c>InvalidPairingField</c> or <c>InvalidPairingTransition</c>.</returns>
    public ValueTask<Result<PairingRequestRecord>> Reject(PairingSessionId session, PairingDecision decision) =>
        Change(session, decision, static (request, decision, now) => PairingRequestDecider.Reject(request, decision, now));

    /// <summary>The certificate is issued: the approved request is completed with what the device collects, once.</summary>
    /// <returns>The request; or <c>UnknownPairingRequest</c> or <c>InvalidPairingTransition</c>.</returns>
    public ValueTask<Result<PairingRequestRecord>> Complete(PairingSessionId session, PairingMaterial material) =>
        Change(session, material, PairingRequestDecider.Complete);

    /// <summary>The request of a session, as it stands now: one whose time has run out reads as expired.</summary>
    public bool TryFindPairing(PairingSessionId session, [NotNullWhen(true)] out PairingRequestRecord? request)
    {
        lock (_lock)
        {
            request = _state.PairingRequests.TryGetValue(session, out var found) ? AsOf(found, Now) : null;
            return request is not null;
        }
    }

    /// <summary>All pairing requests as they stand now, oldest first.</summary>
    public IReadOnlyList<PairingRequestRecord> ListPairings()
    {
        lock (_lock)
        {
            var now = Now;
            return [.. _state.PairingRequests.Values.Select(request => AsOf(request, now)).OrderBy(request => request.SessionId)];
        }
    }

    private static PairingRequestRecord AsOf(PairingRequestRecord request, UnixTime now) =>
        PairingRequestDecider.Expire(request, now).ValueOrDefault ?? request;

    private async ValueTask<Result<PairingRequestRecord>> Change<TCommand>(
        PairingSessionId session, TCommand command, Func<PairingRequestRecord, TCommand, UnixTime, Result<PairingRequestRecord>> decide)
    {
        ArgumentNullException.ThrowIfNull(command);
        PairingRequestRecord? next;
        PendingCommit commit;
        lock (_lock)
        {
            commit = Begin_NeedsLock();
            if (!_state.PairingRequests.TryGetValue(session, out var request))
            {
                return new PairingRefusal.UnknownPairingRequest(session);
            }

            if (!decide(request, command, Now).TryGet(out next, out var refusal))
            {
                return refusal;
            }

            if (!ReferenceEquals(next, request))
            {
                Put_NeedsLock(commit, next);
            }

            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return next;
    }

    private void Put_NeedsLock(PendingCommit commit, PairingRequestRecord next)
    {
        commit.Apply(new NodeRuntimeChange.PutPairingRequest(next));
        if (PairingRequestDecider.IsTerminal(next.State) && _pairingDeadlines.Remove(next.SessionId, out var deadline))
        {
            _deadlines.Cancel(deadline);
            commit.OnTakeBack(() => AddDeadline_NeedsLock(next));
        }
    }

    private void ExpirePairing_NeedsLock(PendingCommit commit, PairingSessionId session, UnixTime now)
    {
        if (_state.PairingRequests.TryGetValue(session, out var request) && PairingRequestDecider.Expire(request, now).TryGet(out var expired, out _))
        {
            Put_NeedsLock(commit, expired);
        }
    }

    private void SchedulePairing_NeedsLock(PendingCommit commit, PairingRequestRecord request)
    {
        AddDeadline_NeedsLock(request);
        commit.OnTakeBack(() =>
        {
            if (_pairingDeadlines.Remove(request.SessionId, out var deadline))
            {
                _deadlines.Cancel(deadline);
            }
        });
    }

    private void AddDeadline_NeedsLock(PairingRequestRecord request)
    {
        var deadline = new PairingDeadline(request.SessionId);
        _pairingDeadlines[request.SessionId] = deadline;
        _deadlines.Schedule(deadline, request.ExpiresAt);
    }

    private void RecoverPairings_NeedsLock(PendingCommit commit, UnixTime now)
    {
        foreach (var request in _state.PairingRequests.Values.Where(request => !PairingRequestDecider.IsTerminal(request.State)).ToArray())
        {
            SchedulePairing_NeedsLock(commit, request);
            ExpirePairing_NeedsLock(commit, request.SessionId, now);
        }
    }
}
