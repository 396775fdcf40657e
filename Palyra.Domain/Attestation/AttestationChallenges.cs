using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>
/// The open challenges, one a worker, as an immutable set of at most <see cref="MaxOpen"/>: issuing and using one up each give the next set. Whoever asks
/// again replaces its own challenge, and takes up nobody else's place.
/// </summary>
public sealed class AttestationChallenges
{
    /// <summary>How long a challenge may be answered, in milliseconds.</summary>
    public const long LifetimeMs = 60_000;

    /// <summary>The most challenges open at once.</summary>
    public const int MaxOpen = 65_536;

    /// <summary>No open challenge.</summary>
    public static readonly AttestationChallenges Empty = new(ImmutableDictionary<WorkerId, AttestationChallenge>.Empty);

    private readonly ImmutableDictionary<WorkerId, AttestationChallenge> _open;

    private AttestationChallenges(ImmutableDictionary<WorkerId, AttestationChallenge> open) => _open = open;

    /// <summary>Opens a worker's challenge. When the set is full, expired ones make room; refused with <c>TooManyChallenges</c> when none has expired.</summary>
    public Result<AttestationChallenges> Issue(WorkerId worker, AttestationChallenge challenge, UnixTime now)
    {
        var open = _open.Count < MaxOpen || _open.ContainsKey(worker) ? _open : _open.RemoveRange(_open.Where(entry => entry.Value.ExpiresAt <= now).Select(entry => entry.Key));
        return open.Count < MaxOpen || open.ContainsKey(worker)
            ? new AttestationChallenges(open.SetItem(worker, challenge))
            : new AttestationRefusal.TooManyChallenges();
    }

    /// <summary>Whether an attestation of this worker that carries this nonce answers its challenge: <c>ChallengeMismatch</c>, <c>ChallengeExpired</c>, or nothing to refuse.</summary>
    public Refusal? Check(WorkerId worker, ChallengeNonce? nonce, UnixTime now)
    {
        if (nonce is not { IsEmpty: false } given || !_open.TryGetValue(worker, out var challenge) || challenge.Nonce != given)
        {
            return new AttestationRefusal.ChallengeMismatch();
        }

        return challenge.ExpiresAt <= now ? new AttestationRefusal.ChallengeExpired() : null;
    }

    /// <summary>The set without the challenge a worker has answered: it cannot be answered again.</summary>
    public AttestationChallenges Without(WorkerId worker) => new(_open.Remove(worker));
}
