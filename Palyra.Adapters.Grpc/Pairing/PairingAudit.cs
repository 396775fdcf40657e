using System.Collections.Immutable;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Audit;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>What the audit trail says of pairing and identity: who asked, who approved and why, and which certificate came of it. Never a code or a key.</summary>
internal sealed class PairingAudit(IAuditSink? sink, TimeProvider clock) : IRevocationObserver
{
    internal const string Requested = "pairing.requested";
    internal const string Refused = "pairing.refused";
    internal const string Issued = "pairing.certificate_issued";
    internal const string Rotated = "identity.certificate_rotated";
    internal const string Revoked = "identity.device_revoked";

    internal ValueTask RequestedAsync(PairingRequestRecord request) => AppendAsync(Requested, request.DeviceId, null,
    [
        new("session", request.SessionId.ToString()),
        new("approval", request.ApprovalId.ToString()),
        new("client_kind", request.ClientKind.ToWireName()),
        new("code_issued_by", request.CodeIssuedBy),
        new("identity_fingerprint", request.VerifiedPairing.IdentityFingerprint),
        new("transcript_hash", request.VerifiedPairing.TranscriptHashHex),
    ]);

    /// <summary>A completion that failed. One that names no session is anybody's noise and is not recorded: it must not fill the trail.</summary>
    internal ValueTask RefusedAsync(PairingCompletion completion, Refusal refusal) => refusal is HandshakeRefusal.UnknownSession or HandshakeRefusal.InvalidField
        ? default
        : AppendAsync(Refused, completion.DeviceId, refusal, [new("session", completion.SessionId.ToString())]);

    internal ValueTask IssuedAsync(PairingRequestRecord request, DeviceCertificate certificate) => AppendAsync(Issued, request.DeviceId, null,
    [
        new("session", request.SessionId.ToString()),
        new("approval", request.ApprovalId.ToString()),
        new("decided_by", request.DecidedBy ?? ""),
        new("decided_at_unix_ms", request.DecidedAt?.ToString() ?? ""),
        new("decision_reason", request.DecisionReason ?? ""),
        new("scope_ends_at_unix_ms", request.ScopeEndsAt?.ToString() ?? ""),
        new("certificate", certificate.Issued.Fingerprint.ToString()),
    ]);

    internal ValueTask RotatedAsync(DeviceId device, CertificateFingerprint presented, Result<DeviceCertificate> outcome) => AppendAsync(Rotated, device, outcome.Refusal,
    [
        new("presented", presented.ToString()),
        new("certificate", outcome.TryGet(out var certificate, out _) ? certificate.Issued.Fingerprint.ToString() : ""),
    ]);

    /// <summary>Whoever revoked: the revocation stands already. A sink that refuses at once is reported to them; one that fails later refuses every act that follows.</summary>
    public void OnDeviceRevoked(DeviceId device, Revocation revocation)
    {
        var appended = AppendAsync(Revoked, device, null, [new("reason", revocation.Reason), new("revoked_at_unix_ms", revocation.At.ToString())]);
        if (appended.IsCompleted)
        {
            appended.GetAwaiter().GetResult();
        }
        else
        {
            _ = appended.AsTask();
        }
    }

    public void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints) { }

    private ValueTask AppendAsync(string name, DeviceId device, Refusal? refusal, ImmutableArray<KeyValuePair<string, string>> fields) => sink?.AppendAsync(new AuditRecord
    {
        At = UnixTime.Now(clock),
        Event = name,
        Outcome = refusal is null ? AuditOutcome.Allowed : AuditOutcome.Denied,
        ReasonCode = refusal?.Code ?? "",
        Actor = device.ToString(),
        Fields = fields,
    }) ?? default;
}
