using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>A pairing whose code was accepted and which now waits for a person.</summary>
/// <param name="SessionId">The pairing.</param>
/// <param name="DeviceId">This device.</param>
/// <param name="CheckCode">Show these six digits: the operator compares them with those of the approval.</param>
public sealed record NodePairing(PairingSessionId SessionId, DeviceId DeviceId, string CheckCode);
