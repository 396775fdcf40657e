using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>Pairing requests that expire at 1 000.</summary>
internal static class Pairings
{
    public static readonly UnixTime InTime = new(999);
    public static readonly UnixTime TooLate = new(1000);

    public static readonly PairingMaterial Material = new("f", "t", "cert", "ca", new UnixTime(5000));

    public static PairingDecision By(string who = "admin:local", string? reason = "known device", long? scopeTtlMs = 60_000) => new(who, reason, scopeTtlMs);

    public static PairingRequestRecord In(PairingRequestState state, string? reason = null) => new()
    {
        SessionId = NodeRuntimes.Session(1),
        DeviceId = NodeRuntimes.Device(1),
        ClientKind = ClientKind.Node,
        Method = PairingMethod.Pin,
        CodeIssuedBy = "admin:local",
        RequestedAt = new UnixTime(0),
        ExpiresAt = new UnixTime(1000),
        ApprovalId = new ApprovalId(Ulid.FromBits(7)),
        State = state,
        DecisionReason = reason,
        VerifiedPairing = NodeRuntimes.Verified(NodeRuntimes.Device(1)),
    };
}
