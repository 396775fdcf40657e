using System.Net;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>
/// The handshakes between their begin and their completion. In memory only: a restart ends them and leaves the code usable. Thread-safe.
/// </summary>
public sealed class PairingSessions : IDisposable
{
    /// <summary>The largest number of sessions held at once.</summary>
    public const int MaxOpen = 10_000;

    /// <summary>How many sessions may be started within a minute.</summary>
    public const int MaxStartsPerMinute = 1_024;

    /// <summary>How many sessions may be started within a minute from one address: an IPv4 address or an IPv6 /64.</summary>
    public const int MaxStartsPerMinutePerAddress = 10;

    /// <summary>How long a session may take, and how long its completion may be sent again.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly IPairingSuite _suite;
    private readonly IEntropy _entropy;
    private readonly Lock _lock = new();
    private readonly Dictionary<PairingSessionId, PairingSession> _sessions = [];
    private readonly Queue<(PairingSessionId Id, UnixTime ExpiresAt)> _byAge = new();
    private readonly StartLimiter _starts = new();

    /// <summary>No sessions yet.</summary>
    public PairingSessions(IPairingSuite suite, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(suite);
        ArgumentNullException.ThrowIfNull(entropy);
        _suite = suite;
        _entropy = entropy;
    }

    /// <summary>How many sessions are held, those that expired since the last act included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>Judges a wish to begin, before its code is looked at, and counts it: version, client kind, rates, room.</summary>
    /// <returns>The kind; or <c>pairing.unsupported_version</c>, <c>pairing.invalid_client_kind</c>, <c>pairing.rate_limited</c>, <c>pairing.too_many_sessions</c>.</returns>
    public Result<ClientKind> Admit(uint version, string? clientKind, IPAddress? from, UnixTime now)
    {
        if (version != _suite.ProtocolVersion)
        {
            return new HandshakeRefusal.UnsupportedVersion(version);
        }

        if (!ClientKinds.TryParse(clientKind, out var kind))
        {
            return new HandshakeRefusal.InvalidClientKind();
        }

        lock (_lock)
        {
            RemoveExpired_NeedsLock(now);
            if (_starts.TryStart(from, now) is { } limit)
            {
                return new HandshakeRefusal.RateLimited(limit);
            }

            return _sessions.Count >= MaxOpen ? new HandshakeRefusal.TooManySessions() : kind;
        }
    }

    /// <summary>Makes an id for a session about to be opened.</summary>
    public PairingSessionId NewId(UnixTime now) => new(_entropy.NextUlid(now));

    /// <summary>Opens a session on a code that was found: fresh challenge, fresh agreement key, five minutes.</summary>
    /// <returns>The session; or <c>pairing.too_many_sessions</c>.</returns>
    public Result<PairingSession> Open(PairingSessionId id, ClientKind clientKind, PairingCode code, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(code);
        var challenge = new byte[PairingTranscript.ChallengeLength];
        _entropy.Fill(challenge);
        var agreement = _suite.NewAgreement();
        var session = new PairingSession
        {
            Id = id,
            ClientKind = clientKind,
            Method = code.Method,
            CodeIssuedBy = code.IssuedBy,
            ExpiresAt = now.Add(Window),
            Challenge = challenge,
            Agreement = agreement,
            Code = code.Code,
        };
        lock (_lock)
        {
            RemoveExpired_NeedsLock(now);
            if (_sessions.Count < MaxOpen && _sessions.TryAdd(id, session))
            {
                _byAge.Enqueue((id, session.ExpiresAt));
                return session;
            }
        }

        agreement.Dispose();
        return new HandshakeRefusal.TooManySessions();
    }

    /// <summary>Judges a completion as far as that needs no code, and finds the answer to a message that is sent again.</summary>
    /// <returns>A refusal, or what was proven before; <see langword="null"/> when the code is next.</returns>
    public Result<CompletedHandshake>? CheckBeforeCode(PairingCompletion completion, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(completion);
        if (completion.OversizedField() is { } field)
        {
            return new HandshakeRefusal.InvalidField(field);
        }

        lock (_lock)
        {
            return PairingSessionDecider.CheckBeforeCode(_sessions.GetValueOrDefault(completion.SessionId), completion, _suite, now);
        }
    }

    /// <summary>Judges a completion; see <see cref="PairingSessionDecider.Complete"/>. A failure after the code check ends the session.</summary>
    public Result<CompletedHandshake> Complete(PairingCompletion completion, bool codeIsActive, Func<DeviceId, bool> isRevoked, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(completion);
        ArgumentNullException.ThrowIfNull(isRevoked);
        if (completion.OversizedField() is { } field)
        {
            return new HandshakeRefusal.InvalidField(field);
        }

        lock (_lock)
        {
            var session = _sessions.GetValueOrDefault(completion.SessionId);
            var result = PairingSessionDecider.Complete(session, completion, _suite, codeIsActive, isRevoked, now);
            if (result.TryGet(out var completed, out var refusal))
            {
                _sessions[completed.Session] = session! with { Completed = completed };
            }
            else if (PairingSessionDecider.EndsSession(refusal))
            {
                End_NeedsLock(completion.SessionId);
            }

            return result;
        }
    }

    /// <summary>Ends a session, if there is one.</summary>
    public void End(PairingSessionId id)
    {
        lock (_lock)
        {
            End_NeedsLock(id);
        }
    }

    /// <summary>Removes the sessions whose time is over.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<PairingSessionId> RemoveExpired(UnixTime now)
    {
        lock (_lock)
        {
            return RemoveExpired_NeedsLock(now);
        }
    }

    /// <summary>Ends every session.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var id in _sessions.Keys.ToArray())
            {
                End_NeedsLock(id);
            }
        }
    }

    private List<PairingSessionId> RemoveExpired_NeedsLock(UnixTime now)
    {
        var removed = new List<PairingSessionId>();
        while (_byAge.TryPeek(out var oldest) && oldest.ExpiresAt <= now)
        {
            _byAge.Dequeue();
            if (End_NeedsLock(oldest.Id))
            {
                removed.Add(oldest.Id);
            }
        }

        return removed;
    }

    private bool End_NeedsLock(PairingSessionId id)
    {
        if (!_sessions.Remove(id, out var session))
        {
            return false;
        }

        session.Agreement.Dispose();
        return true;
    }
}
