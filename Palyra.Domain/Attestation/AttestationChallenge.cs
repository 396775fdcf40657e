using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>An issued challenge and the instant from which it is too old.</summary>
public readonly record struct AttestationChallenge(ChallengeNonce Nonce, UnixTime ExpiresAt);
