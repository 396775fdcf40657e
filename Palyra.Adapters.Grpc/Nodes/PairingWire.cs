using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using WireMethod = Palyra.Adapters.Grpc.Wire.Node.PairingMethod;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>Between the pairing messages of the wire and the values of the domain.</summary>
internal static class PairingWire
{
    internal static (Domain.Pairing.PairingMethod Method, string? Code) Read(WireMethod? method) => method?.ValueCase switch
    {
        WireMethod.ValueOneofCase.PinCode => (Domain.Pairing.PairingMethod.Pin, method.PinCode),
        WireMethod.ValueOneofCase.QrToken => (Domain.Pairing.PairingMethod.Qr, method.QrToken),
        _ => throw new HandshakeRefusal.InvalidField("method").ToException(),
    };

    internal static PairingSessionId ReadSession(string text) => PairingSessionId.TryParse(text, out var session)
        ? session
        : throw new HandshakeRefusal.InvalidField("session_id").ToException();

    internal static DeviceId ReadDevice(Wire.Common.CanonicalId? id) => DeviceId.TryParse(id?.Ulid, out var device)
        ? device
        : throw new HandshakeRefusal.InvalidField("device_id").ToException();

    internal static PairingCompletion Read(CompletePairingSessionRequest request) => new()
    {
        Version = request.V,
        SessionId = ReadSession(request.SessionId),
        DeviceId = ReadDevice(request.DeviceId),
        ClientKind = request.ClientKind,
        Code = request.Proof,
        SigningPublic = request.DeviceSigningPublic.Memory,
        AgreementPublic = request.DeviceX25519Public.Memory,
        ChallengeSignature = request.ChallengeSignature.Memory,
        TranscriptMac = request.TranscriptMac.Memory,
        CertificateRequest = request.CertificateSigningRequest.Memory,
    };

    internal static CompletePairingSessionResponse Completed(uint version, PairingRequestRecord request)
    {
        var response = new CompletePairingSessionResponse
        {
            V = version,
            Paired = request.State == PairingRequestState.Completed,
            Reason = NameOf(request.State),
            IdentityFingerprint = request.VerifiedPairing.IdentityFingerprint,
            TranscriptHash = request.VerifiedPairing.TranscriptHashHex,
        };
        (response.MtlsClientCertificatePem, response.GatewayCaCertificatePem, response.CertExpiresAtUnixMs) = MaterialOf(request);
        return response;
    }

    internal static GetPairingRequestStatusResponse Status(uint version, PairingRequestRecord request)
    {
        var response = new GetPairingRequestStatusResponse
        {
            V = version,
            Status = NameOf(request.State),
            Reason = request.DecisionReason ?? "",
            Paired = request.State == PairingRequestState.Completed,
            ApprovalId = request.ApprovalId.ToString(),
            IdentityFingerprint = request.VerifiedPairing.IdentityFingerprint,
            TranscriptHash = request.VerifiedPairing.TranscriptHashHex,
        };
        (response.MtlsClientCertificatePem, response.GatewayCaCertificatePem, response.CertExpiresAtUnixMs) = MaterialOf(request);
        return response;
    }

    // Nothing, until the pairing is completed.
    private static (string Certificate, string Authority, ulong ExpiresAt) MaterialOf(PairingRequestRecord request) => request.Material is { } material
        ? (material.ClientCertificatePem, material.GatewayCaCertificatePem, (ulong)Math.Max(0, material.CertificateExpiresAt.Milliseconds))
        : ("", "", 0);

    private static string NameOf(PairingRequestState state) => state switch
    {
        PairingRequestState.PendingApproval => "pending_approval",
        PairingRequestState.Approved => "approved",
        PairingRequestState.Rejected => "rejected",
        PairingRequestState.Expired => "expired",
        PairingRequestState.Completed => "completed",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
