using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Palyra.Domain.Audit;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

// Pairing codes and the handshakes open on them. Handshakes live in memory only: a restart ends them, the code stays usable.
public sealed partial class NodeRuntime
{
    /// <summary>The audit event of too many wrong codes.</summary>
    public const string CodesInvalidatedEvent = "pairing.codes_invalidated";

    private readonly Dictionary<PairingSessionId, string> _sessions = [];
    // PINs that too many wrong codes invalidated while the store could not be told. They open nothing; the timer tries to remove them again.
    private readonly HashSet<string> _withdrawn = [];
    private int _invalidations;
    private WrongCodeWindow _wrongCodes;

    /// <summary>
    /// Mints a code that differs from every active one. Its life is clamped to 30 s .. 24 h, 10 min unless said otherwise.
    /// </summary>
    /// <returns>The code; or <c>InvalidPairingField</c>, or <c>TooManyPairingCodes</c> with 64 active.</returns>
    public async ValueTask<Result<PairingCode>> MintCode(PairingMethod method, string? issuedBy, TimeSpan? ttl = null)
    {
        PairingCode code;
        PendingCommit commit;
        lock (_lock)
        {
            var now = Now;
            commit = Begin_NeedsLock();
            ExpireCodes_NeedsLock(commit, now);
            if (PairingCodeDecider.CheckMint(method, issuedBy, _state.Codes.Count).Refusal is { } refusal)
            {
                // Nothing is submitted; what has expired a moment ago goes with the timer.
                commit.TakeBack();
                return refusal;
            }

            code = PairingCodeDecider.Mint(Compose_NeedsLock(method), method, issuedBy!, ttl, now);
            commit.Apply(new NodeRuntimeChange.PutCode(code));
            ScheduleCode_NeedsLock(commit, code);
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
        return code;
    }

    /// <summary>
    /// Finds the active code that reads so and travels so, comparing in constant time. A wrong one counts: the fifth within a minute, from anywhere,
    /// invalidates every PIN.
    /// </summary>
    /// <returns>The code; or <c>InvalidPairingCode</c>, the same for wrong, expired, used and wrong method.</returns>
    public ValueTask<Result<PairingCode>> CheckCode(PairingMethod method, string? code) => Present(method, code, session: null);

    /// <summary>Checks a code like <see cref="CheckCode"/> and opens a handshake on it; at most three at once.</summary>
    /// <returns>The code; or <c>InvalidPairingCode</c>, or <c>TooManyPairingSessions</c>.</returns>
    public ValueTask<Result<PairingCode>> OpenSession(PairingSessionId session, PairingMethod method, string? code) => Present(method, code, session);

    /// <summary>Checks that a device proves the code its handshake was opened with, in constant time. A wrong one counts like any other.</summary>
    /// <returns>The code; or <c>UnknownPairingSession</c> when the code is gone, or <c>InvalidPairingCode</c>.</returns>
    public async ValueTask<Result<PairingCode>> ProveCode(PairingSessionId session, string? presented)
    {
        PendingCommit? commit;
        lock (_lock)
        {
            if (!TryGetSessionCode_NeedsLock(session, Now, out var held))
            {
                return new PairingRefusal.UnknownPairingSession(session);
            }

            if (PairingCodeDecider.Match([held], held.Method, presented, Now) is { } match)
            {
                return match;
            }

            commit = CountWrongCode_NeedsLock();
        }

        await SettleWrongCodeAsync(commit).ConfigureAwait(false);
        return new PairingRefusal.InvalidPairingCode();
    }

    /// <summary>Ends a handshake that came to nothing; its place on the code is free again and the code stays usable.</summary>
    public void CloseSession(PairingSessionId session)
    {
        lock (_lock)
        {
            _sessions.Remove(session);
        }
    }

    /// <summary>The active codes, without any that has expired.</summary>
    public IReadOnlyList<PairingCode> ListCodes()
    {
        lock (_lock)
        {
            var now = Now;
            return [.. Usable_NeedsLock().Where(code => now < code.ExpiresAt)];
        }
    }

    private async ValueTask<Result<PairingCode>> Present(PairingMethod method, string? presented, PairingSessionId? session)
    {
        PendingCommit? commit;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (PairingCodeDecider.Match(Usable_NeedsLock(), method, presented, Now) is { } match)
            {
                return session is { } id ? OpenSession_NeedsLock(id, match) : match;
            }

            commit = CountWrongCode_NeedsLock();
        }

        await SettleWrongCodeAsync(commit).ConfigureAwait(false);
        return new PairingRefusal.InvalidPairingCode();
    }

    private Result<PairingCode> OpenSession_NeedsLock(PairingSessionId session, PairingCode code)
    {
        if (session.IsEmpty || _sessions.ContainsKey(session) || _state.PairingRequests.ContainsKey(session))
        {
            return new PairingRefusal.PairingRequestExists(session);
        }

        if (_sessions.Values.Count(held => string.Equals(held, code.Code, StringComparison.Ordinal)) >= PairingCodeDecider.MaxSessionsPerCode)
        {
            return new PairingRefusal.TooManyPairingSessions(PairingCodeDecider.MaxSessionsPerCode);
        }

        _sessions[session] = code.Code;
        return code;
    }

    private bool TryGetSessionCode_NeedsLock(PairingSessionId session, UnixTime now, [NotNullWhen(true)] out PairingCode? code)
    {
        code = null;
        return _sessions.TryGetValue(session, out var held) && _state.Codes.TryGetValue(held, out code) && !_withdrawn.Contains(held) && now < code.ExpiresAt;
    }

    private PendingCommit? CountWrongCode_NeedsLock()
    {
        (_wrongCodes, var tripped) = _wrongCodes.Record(Now);
        if (!tripped)
        {
            return null;
        }

        _invalidations++;
        var commit = Begin_NeedsLock();
        foreach (var pin in _state.Codes.Values.Where(code => code.Method == PairingMethod.Pin).ToArray())
        {
            RemoveCode_NeedsLock(commit, pin.Code, withdrawn: true);
        }

        return Submit_NeedsLock(commit);
    }

    private async ValueTask SettleWrongCodeAsync(PendingCommit? commit)
    {
        if (commit is not null)
        {
            try
            {
                await SettleAsync(commit).ConfigureAwait(false);
            }
            finally
            {
                // Invalid they are, whether the store could be told or not.
                if (_audit is not null)
                {
                    await _audit.AppendAsync(CodesInvalidated(commit)).ConfigureAwait(false);
                }
            }
        }
    }

    private AuditRecord CodesInvalidated(PendingCommit commit) => new()
    {
        At = Now,
        Event = CodesInvalidatedEvent,
        Outcome = AuditOutcome.Denied,
        ReasonCode = new PairingRefusal.InvalidPairingCode().Code,
        Fields =
        [
            new("wrong_codes", WrongCodeWindow.Limit.ToString(CultureInfo.InvariantCulture)),
            new("window_ms", ((long)WrongCodeWindow.Length.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
            new("invalidated_pins", commit.Changes.Count.ToString(CultureInfo.InvariantCulture)),
        ],
    };

    private string Compose_NeedsLock(PairingMethod method)
    {
        Span<byte> random = stackalloc byte[PairingCodeDecider.EntropyBytes];
        string text;
        do
        {
            _entropy.Fill(random);
        }
        while (!PairingCodeDecider.TryCompose(method, random, out text) || _state.Codes.ContainsKey(text));
        return text;
    }

    private IEnumerable<PairingCode> Usable_NeedsLock() => _state.Codes.Values.Where(code => !_withdrawn.Contains(code.Code));

    /// <summary>Removes a code and ends the handshakes on it. A code that is withdrawn stays unusable when the removal is lost.</summary>
    private void RemoveCode_NeedsLock(PendingCommit commit, string code, bool withdrawn = false)
    {
        if (!_state.Codes.TryGetValue(code, out var removed))
        {
            return;
        }

        commit.Apply(new NodeRuntimeChange.RemoveCode(code));
        if (_codeDeadlines.Remove(code, out var deadline))
        {
            _deadlines.Cancel(deadline);
        }

        // INVARIANT: a failing store gives a guesser no code back.
        withdrawn |= _withdrawn.Remove(code);
        var invalidations = _invalidations;
        commit.OnTakeBack(() =>
        {
            // A PIN that was being used up when all were invalidated was not there to be withdrawn.
            if (withdrawn || (removed.Method == PairingMethod.Pin && invalidations != _invalidations))
            {
                _withdrawn.Add(code);
            }

            AddDeadline_NeedsLock(removed, _withdrawn.Contains(code) ? Now : removed.ExpiresAt);
        });
        foreach (var (session, _) in _sessions.Where(open => string.Equals(open.Value, code, StringComparison.Ordinal)).ToArray())
        {
            _sessions.Remove(session);
            commit.OnTakeBack(() => _sessions[session] = code);
        }
    }

    private void ExpireCodes_NeedsLock(PendingCommit commit, UnixTime now)
    {
        foreach (var expired in _state.Codes.Values.Where(code => now >= code.ExpiresAt).ToArray())
        {
            RemoveCode_NeedsLock(commit, expired.Code);
        }
    }

    private void ScheduleCode_NeedsLock(PendingCommit commit, PairingCode code)
    {
        AddDeadline_NeedsLock(code, code.ExpiresAt);
        commit.OnTakeBack(() =>
        {
            if (_codeDeadlines.Remove(code.Code, out var deadline))
            {
                _deadlines.Cancel(deadline);
            }
        });
    }

    private void AddDeadline_NeedsLock(PairingCode code, UnixTime due)
    {
        var deadline = new CodeDeadline(code.Code);
        _codeDeadlines[code.Code] = deadline;
        _deadlines.Schedule(deadline, due);
    }

    private void RecoverCodes_NeedsLock(PendingCommit commit, UnixTime now)
    {
        ExpireCodes_NeedsLock(commit, now);
        foreach (var code in _state.Codes.Values)
        {
            ScheduleCode_NeedsLock(commit, code);
        }
    }
}
