using System.Text.Json.Serialization;

namespace Palyra.Adapters.Json.Nodes;

// The members of node-runtime.v1.json. Optional ones are written as null; members the format gained since are left out when they are null, so that a file
// of another implementation reads and writes back as the same value.

internal sealed class SnapshotFile
{
    public Dictionary<string, PairingCodeFile> ActivePairingCodes { get; set; } = [];

    public Dictionary<string, PairingRequestFile> PairingRequests { get; set; } = [];

    public Dictionary<string, NodeFile> Nodes { get; set; } = [];

    public Dictionary<string, CapabilityRequestFile> CapabilityRequests { get; set; } = [];
}

internal sealed class PairingCodeFile
{
    public required string Code { get; init; }

    public required string Method { get; init; }

    public required string IssuedBy { get; init; }

    public required long CreatedAtUnixMs { get; init; }

    public required long ExpiresAtUnixMs { get; init; }
}

internal sealed class PairingRequestFile
{
    public required string RequestId { get; init; }

    public required string SessionId { get; init; }

    public required string DeviceId { get; init; }

    public required string ClientKind { get; init; }

    public required string Method { get; init; }

    public required string CodeIssuedBy { get; init; }

    public required long RequestedAtUnixMs { get; init; }

    public required long ExpiresAtUnixMs { get; init; }

    public required string ApprovalId { get; init; }

    public required string State { get; init; }

    public string? DecisionReason { get; init; }

    public long? DecisionScopeTtlMs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DecidedBy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? DecidedAtUnixMs { get; init; }

    public required VerifiedPairingFile VerifiedPairing { get; init; }

    public PairingMaterialFile? Material { get; init; }
}

internal sealed class VerifiedPairingFile
{
    public required string DeviceId { get; init; }

    public required string ClientKind { get; init; }

    public required string IdentityFingerprint { get; init; }

    public required string SigningPublicKeyHex { get; init; }

    public required string TranscriptHashHex { get; init; }
}

internal sealed class PairingMaterialFile
{
    public required string IdentityFingerprint { get; init; }

    public required string TranscriptHashHex { get; init; }

    public required string MtlsClientCertificatePem { get; init; }

    public required string GatewayCaCertificatePem { get; init; }

    public required long CertExpiresAtUnixMs { get; init; }

    /// <summary>Only ever read: older files hold it, ours never do. It is null in everything that is written, and then left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MtlsClientPrivateKeyPem { get; init; }
}

internal sealed class NodeFile
{
    public required string DeviceId { get; init; }

    public required string Platform { get; init; }

    public required NodeCapabilityFile[] Capabilities { get; init; }

    public required long RegisteredAtUnixMs { get; init; }

    public required long LastSeenAtUnixMs { get; init; }

    public string? LastEventName { get; init; }

    public long? LastEventAtUnixMs { get; init; }
}

internal sealed class NodeCapabilityFile
{
    public required string Name { get; init; }

    public required bool Available { get; init; }
}

internal sealed class CapabilityRequestFile
{
    public required string RequestId { get; init; }

    public required string DeviceId { get; init; }

    public required string Capability { get; init; }

    public required string State { get; init; }

    public required long CreatedAtUnixMs { get; init; }

    public required long UpdatedAtUnixMs { get; init; }

    public long? DispatchedAtUnixMs { get; init; }

    public long? CompletedAtUnixMs { get; init; }

    public required ulong MaxPayloadBytes { get; init; }

    public string? InputSummary { get; init; }

    public string? OutputSummary { get; init; }

    public string? Error { get; init; }
}
