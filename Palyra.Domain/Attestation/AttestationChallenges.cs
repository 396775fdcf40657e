using System.Collections.Immutable;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>The open challenges, as an immutable set of at most <see cref="MaxOpen"/>: issuing and using one up each give the next set.</summary>
public sealed class AttestationChallenges
{
    /// <summary>How long a challenge may be answered, in milliseconds.</summary>
    public const long LifetimeMs = 60_000;

    /// <summary>The most challenges open at once.</summary>
    public const int MaxOpen = 4096;

    /// <summary>No open challenge.</summary>
    public static readonly AttestationChallenges Empty = new(ImmutableDictionary<ChallengeNonce, UnixTime>.Empty);

    private readonly ImmutableDictionary<ChallengeNonce, UnixTime> _open;

    private AttestationChallenges(ImmutableDictionary<ChallengeNonce, UnixTime> open) => _open = open;

    /// <summary>The number of challenges held, expired ones included.</summary>
    public int Count => _open.Count;

    /// <summary>Opens a challenge. When the set is full, expired ones make room; refused with <c>TooManyChallenges</c> when none has expired.</summary>
    public Result<AttestationChallenges> Issue(AttestationChallenge challenge, UnixTime now)
    {
        var open = _open.Count < MaxOpen ? _open : _open.RemoveRange(_open.Where(entry => entry.Value <= now).Select(entry => entry.Key));
        return open.Count < MaxOpen && !challenge.Nonce.IsEmpty
            ? new AttestationChallenges(open.SetItem(challenge.Nonce, challenge.ExpiresAt))
            : new AttestationRefusal.TooManyChallenges();
    }

    /// <summary>Whether an attestation that carries this nonce answers an open challenge: <c>ChallengeMismatch</c>, <c>ChallengeExpired</c>, or nothing to refuse.</summary>
    public Refusal? Check(ChallengeNonce? nonce, UnixTime now)
    {
        if (nonce is not { } given || !_open.TryGetValue(given, out var expiresAt))
        {
            return new AttestationRefusal.ChallengeMismatch();
        }

        return expiresAt <= now ? new AttestationRefusal.ChallengeExpired() : null;
    }

    /// <summary>The set without a challenge that has been answered: it cannot be answered again.</summary>
    public AttestationChallenges Without(ChallengeNonce nonce) => new(_open.Remove(nonce));
}
