using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>What the gateway answers to a begin.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="ClientKind">What began it.</param>
/// <param name="GatewayPublic">The gateway's agreement key for this session, an uncompressed P-256 point.</param>
/// <param name="Challenge">32 random bytes.</param>
/// <param name="ExpiresAt">From this instant on it cannot be completed.</param>
public sealed record PairingChallenge(
    PairingSessionId SessionId, ClientKind ClientKind, ReadOnlyMemory<byte> GatewayPublic, ReadOnlyMemory<byte> Challenge, UnixTime ExpiresAt);
