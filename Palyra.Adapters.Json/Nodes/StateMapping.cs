using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Between the records of the domain and the members of the file. What does not map is a <see cref="FormatException"/> that names the member.</summary>
internal static class StateMapping
{
    internal static PairingCodeFile ToFile(PairingCode code) => new()
    {
        Code = code.Code,
        Method = StateNames.NameOf(code.Method),
        IssuedBy = code.IssuedBy,
        CreatedAtUnixMs = code.CreatedAt.Milliseconds,
        ExpiresAtUnixMs = code.ExpiresAt.Milliseconds,
    };

    internal static PairingCode ToDomain(PairingCodeFile file) => new()
    {
        Code = file.Code,
        Method = StateNames.Method(file.Method),
        IssuedBy = file.IssuedBy,
        CreatedAt = new UnixTime(file.CreatedAtUnixMs),
        ExpiresAt = new UnixTime(file.ExpiresAtUnixMs),
    };

    internal static PairingRequestFile ToFile(PairingRequestRecord request) => new()
    {
        RequestId = request.SessionId.ToString(),
        SessionId = request.SessionId.ToString(),
        DeviceId = request.DeviceId.ToString(),
        ClientKind = StateNames.NameOf(request.ClientKind),
        Method = StateNames.NameOf(request.Method),
        CodeIssuedBy = request.CodeIssuedBy,
        RequestedAtUnixMs = request.RequestedAt.Milliseconds,
        ExpiresAtUnixMs = request.ExpiresAt.Milliseconds,
        ApprovalId = request.ApprovalId.ToString(),
        State = StateNames.NameOf(request.State),
        DecisionReason = request.DecisionReason,
        DecisionScopeTtlMs = request.DecisionScopeTtlMs,
        DecidedBy = request.DecidedBy,
        DecidedAtUnixMs = request.DecidedAt?.Milliseconds,
        VerifiedPairing = new VerifiedPairingFile
        {
            DeviceId = request.VerifiedPairing.DeviceId.ToString(),
            ClientKind = StateNames.NameOf(request.VerifiedPairing.ClientKind),
            IdentityFingerprint = request.VerifiedPairing.IdentityFingerprint,
            SigningPublicKeyHex = request.VerifiedPairing.SigningPublicKeyHex,
            TranscriptHashHex = request.VerifiedPairing.TranscriptHashHex,
        },
        Material = request.Material is { } material ? ToFile(material) : null,
    };

    internal static PairingRequestRecord ToDomain(PairingRequestFile file) => new()
    {
        SessionId = string.Equals(file.RequestId, file.SessionId, StringComparison.Ordinal)
            ? Session(file.SessionId)
            : throw new FormatException("the session_id is not the request_id"),
        DeviceId = Device(file.DeviceId),
        ClientKind = StateNames.Kind(file.ClientKind),
        Method = StateNames.Method(file.Method),
        CodeIssuedBy = file.CodeIssuedBy,
        RequestedAt = new UnixTime(file.RequestedAtUnixMs),
        ExpiresAt = new UnixTime(file.ExpiresAtUnixMs),
        ApprovalId = ApprovalId.TryParse(file.ApprovalId, out var approval) ? approval : throw new FormatException("the approval_id is no canonical ULID"),
        State = StateNames.PairingState(file.State),
        DecisionReason = file.DecisionReason,
        DecisionScopeTtlMs = file.DecisionScopeTtlMs,
        DecidedBy = file.DecidedBy,
        DecidedAt = Time(file.DecidedAtUnixMs),
        VerifiedPairing = new VerifiedPairing(
            Device(file.VerifiedPairing.DeviceId), StateNames.Kind(file.VerifiedPairing.ClientKind), file.VerifiedPairing.IdentityFingerprint,
            file.VerifiedPairing.SigningPublicKeyHex, file.VerifiedPairing.TranscriptHashHex),
        Material = file.Material is { } material
            ? new PairingMaterial(
                material.IdentityFingerprint, material.TranscriptHashHex, material.MtlsClientCertificatePem, material.GatewayCaCertificatePem,
                new UnixTime(material.CertExpiresAtUnixMs))
            : null,
    };

    internal static NodeFile ToFile(NodeRecord node) => new()
    {
        DeviceId = node.DeviceId.ToString(),
        Platform = node.Platform,
        Capabilities = [.. node.Capabilities.Select(capability => new NodeCapabilityFile { Name = capability.Name, Available = capability.Available })],
        RegisteredAtUnixMs = node.RegisteredAt.Milliseconds,
        LastSeenAtUnixMs = node.LastSeenAt.Milliseconds,
        LastEventName = node.LastEventName,
        LastEventAtUnixMs = node.LastEventAt?.Milliseconds,
    };

    internal static NodeRecord ToDomain(NodeFile file) => new()
    {
        DeviceId = Device(file.DeviceId),
        Platform = file.Platform,
        Capabilities = [.. file.Capabilities.Select(ToDomain)],
        RegisteredAt = new UnixTime(file.RegisteredAtUnixMs),
        LastSeenAt = new UnixTime(file.LastSeenAtUnixMs),
        LastEventName = file.LastEventName,
        LastEventAt = Time(file.LastEventAtUnixMs),
    };

    internal static CapabilityRequestRecord ToDomain(CapabilityRequestFile file) => new()
    {
        Id = Request(file.RequestId),
        DeviceId = Device(file.DeviceId),
        Capability = file.Capability,
        State = StateNames.RequestState(file.State),
        CreatedAt = new UnixTime(file.CreatedAtUnixMs),
        UpdatedAt = new UnixTime(file.UpdatedAtUnixMs),
        DispatchedAt = Time(file.DispatchedAtUnixMs),
        CompletedAt = Time(file.CompletedAtUnixMs),
        MaxPayloadBytes = file.MaxPayloadBytes,
        InputSummary = file.InputSummary,
        OutputSummary = file.OutputSummary,
        Error = file.Error,
    };

    internal static PairingSessionId Session(string text) =>
        PairingSessionId.TryParse(text, out var id) ? id : throw new FormatException("the session_id is no canonical ULID");

    internal static DeviceId Device(string text) =>
        DeviceId.TryParse(text, out var id) ? id : throw new FormatException("the device_id is no canonical ULID");

    internal static CapabilityRequestId Request(string text) =>
        CapabilityRequestId.TryParse(text, out var id) ? id : throw new FormatException("the request_id is no canonical ULID");

    private static PairingMaterialFile ToFile(PairingMaterial material) => new()
    {
        IdentityFingerprint = material.IdentityFingerprint,
        TranscriptHashHex = material.TranscriptHashHex,
        MtlsClientCertificatePem = material.ClientCertificatePem,
        GatewayCaCertificatePem = material.GatewayCaCertificatePem,
        CertExpiresAtUnixMs = material.CertificateExpiresAt.Milliseconds,
    };

    private static NodeCapability ToDomain(NodeCapabilityFile? file) =>
        file is null ? throw new FormatException("a capability is null") : new NodeCapability(file.Name, file.Available);

    private static UnixTime? Time(long? milliseconds) => milliseconds is { } value ? new UnixTime(value) : null;
}
