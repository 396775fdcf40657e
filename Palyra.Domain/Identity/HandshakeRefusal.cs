using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Identity;

/// <summary>Why a step of the pairing handshake was refused.</summary>
public abstract record HandshakeRefusal : Refusal
{
    private HandshakeRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>Another protocol version than 2: code <c>pairing.unsupported_version</c>.</summary>
    public sealed record UnsupportedVersion(uint Version)
        : HandshakeRefusal("pairing.unsupported_version", "v", Version <= 1
            ? "Pairing protocol version 1 (X25519, Ed25519) is not supported here; upgrade the node to version 2 (P-256, PKCS#10)."
            : $"Pairing protocol version {Version} is not supported; speak version {PairingTranscript.ProtocolVersion}.");

    /// <summary>The client kind is none of <c>cli</c>, <c>desktop</c>, <c>node</c>: code <c>pairing.invalid_client_kind</c>.</summary>
    public sealed record InvalidClientKind() : HandshakeRefusal("pairing.invalid_client_kind", "client_kind", "The client kind must be cli, desktop or node.");

    /// <summary>A field is empty, malformed or longer than its limit: code <c>pairing.invalid_field</c>.</summary>
    public sealed record InvalidField(string Field) : HandshakeRefusal("pairing.invalid_field", Field, $"The field {Field} is empty, malformed or over its limit.");

    /// <summary>Too many sessions are open: code <c>pairing.too_many_sessions</c>.</summary>
    public sealed record TooManySessions()
        : HandshakeRefusal("pairing.too_many_sessions", "", $"At most {PairingSessions.MaxOpen} pairing sessions may be open. Try again in a few minutes.");

    /// <summary>Too many sessions were started within a minute, overall or from one address: code <c>pairing.rate_limited</c>.</summary>
    public sealed record RateLimited(string Scope) : HandshakeRefusal("pairing.rate_limited", Scope, "Too many pairing sessions were started within a minute. Try again later.");

    /// <summary>There is no such session, or it ended: code <c>pairing.unknown_session</c>.</summary>
    public sealed record UnknownSession(PairingSessionId Session)
        : HandshakeRefusal("pairing.unknown_session", Session.ToString(), "There is no such pairing session, or it has ended. Begin again.");

    /// <summary>The session's five minutes are over: code <c>pairing.session_expired</c>.</summary>
    public sealed record SessionExpired(PairingSessionId Session)
        : HandshakeRefusal("pairing.session_expired", Session.ToString(), "The pairing session has expired. Begin again.");

    /// <summary>The session was begun as another client kind: code <c>pairing.client_kind_mismatch</c>.</summary>
    public sealed record ClientKindMismatch(PairingSessionId Session)
        : HandshakeRefusal("pairing.client_kind_mismatch", Session.ToString(), "The pairing session was begun with another client kind.");

    /// <summary>The code is not the session's, or is active no longer: code <c>pairing.wrong_code</c>.</summary>
    public sealed record WrongCode(PairingSessionId Session)
        : HandshakeRefusal("pairing.wrong_code", Session.ToString(), "The pairing code is not the one this session was begun with, or it has been used or withdrawn.");

    /// <summary>The PKCS#10 request is not signed by the key it is for: code <c>pairing.no_proof_of_possession</c>. The session has ended.</summary>
    public sealed record NoProofOfPossession(PairingSessionId Session)
        : HandshakeRefusal("pairing.no_proof_of_possession", Session.ToString(), "The certificate request is malformed, not for a P-256 key, or not signed by the key it is for.");

    /// <summary>The signature is not the signing key's over this transcript: code <c>pairing.bad_signature</c>. The session has ended.</summary>
    public sealed record BadSignature(PairingSessionId Session)
        : HandshakeRefusal("pairing.bad_signature", Session.ToString(), "The challenge signature does not fit the signing key and this session.");

    /// <summary>The MAC is not this transcript's: code <c>pairing.bad_transcript_mac</c>. The session has ended.</summary>
    public sealed record BadTranscriptMac(PairingSessionId Session)
        : HandshakeRefusal("pairing.bad_transcript_mac", Session.ToString(), "The transcript MAC does not fit the agreement key and this session.");

    /// <summary>The device is revoked: code <c>pairing.device_revoked</c>. The session has ended.</summary>
    public sealed record DeviceRevoked(DeviceId Device)
        : HandshakeRefusal("pairing.device_revoked", Device.ToString(), "The device is revoked. An operator must clear it before it can pair again.");

    /// <summary>The session was completed with other content: code <c>pairing.already_completed</c>.</summary>
    public sealed record AlreadyCompleted(PairingSessionId Session)
        : HandshakeRefusal("pairing.already_completed", Session.ToString(), "The pairing session was completed with another message.");

    /// <summary>The certificate request of an approved pairing is gone: code <c>pairing.enrollment_lost</c>.</summary>
    public sealed record EnrollmentLost(PairingSessionId Session)
        : HandshakeRefusal("pairing.enrollment_lost", Session.ToString(), "The certificate request of this pairing is no longer kept. Pair the device again.");
}
