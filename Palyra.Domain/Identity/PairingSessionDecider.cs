using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>
/// Judges a completion, in this order: session known, not expired, version, client kind, code, proof of possession, signature, MAC, device not revoked.
/// Pure; the suite computes over its arguments only.
/// </summary>
public static class PairingSessionDecider
{
    /// <summary>The checks before the code: session known, not expired, version, client kind.</summary>
    /// <returns>
    /// The refusal of the first check that failed; what was proven before, for the very same message sent again; or <see langword="null"/> when the code is next.
    /// </returns>
    public static Result<CompletedHandshake>? CheckBeforeCode(PairingSession? session, PairingCompletion completion, IPairingSuite suite, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(completion);
        ArgumentNullException.ThrowIfNull(suite);
        if (session is null)
        {
            return new HandshakeRefusal.UnknownSession(completion.SessionId);
        }

        if (now >= session.ExpiresAt)
        {
            return new HandshakeRefusal.SessionExpired(session.Id);
        }

        if (session.Completed is { } completed)
        {
            return CryptographicOperations.FixedTimeEquals(completed.MessageDigest.Span, completion.Digest())
                ? completed
                : new HandshakeRefusal.AlreadyCompleted(session.Id);
        }

        if (completion.Version != suite.ProtocolVersion)
        {
            return new HandshakeRefusal.UnsupportedVersion(completion.Version);
        }

        if (!ClientKinds.TryParse(completion.ClientKind, out var kind))
        {
            return new HandshakeRefusal.InvalidClientKind();
        }

        if (kind != session.ClientKind)
        {
            return new HandshakeRefusal.ClientKindMismatch(session.Id);
        }

        return null;
    }

    /// <summary>Judges a completion against the session it names, all checks in order.</summary>
    /// <param name="session">The session; <see langword="null"/> when there is none.</param>
    /// <param name="completion">The message.</param>
    /// <param name="suite">The cryptography.</param>
    /// <param name="codeIsActive">Whether the session's code may still be used: not withdrawn, not used up by another session.</param>
    /// <param name="isRevoked">Whether a device is revoked.</param>
    /// <param name="now">The instant.</param>
    /// <returns>What was proven: the same again for the very same message; or the refusal of the first check that failed.</returns>
    public static Result<CompletedHandshake> Complete(
        PairingSession? session, PairingCompletion completion, IPairingSuite suite, bool codeIsActive, Func<DeviceId, bool> isRevoked, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(isRevoked);
        if (CheckBeforeCode(session, completion, suite, now) is { } decided)
        {
            return decided;
        }

        if (!SameCode(session!.Code, completion.Code) || !codeIsActive)
        {
            return new HandshakeRefusal.WrongCode(session.Id);
        }

        return Verify(session, completion, suite, isRevoked, now);
    }

    /// <summary>Whether a refusal ends the session: everything that is checked after the code.</summary>
    public static bool EndsSession(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return refusal is HandshakeRefusal.NoProofOfPossession or HandshakeRefusal.BadSignature
            or HandshakeRefusal.BadTranscriptMac or HandshakeRefusal.DeviceRevoked;
    }

    private static Result<CompletedHandshake> Verify(
        PairingSession session, PairingCompletion completion, IPairingSuite suite, Func<DeviceId, bool> isRevoked, UnixTime now)
    {
        if (!suite.ProvesPossession(completion.CertificateRequest.Span))
        {
            return new HandshakeRefusal.NoProofOfPossession(session.Id);
        }

        var payload = PairingTranscript.SignaturePayload(
            session.Id, session.Challenge.Span, session.Agreement.Public.Span, completion.DeviceId, session.ClientKind, session.Code, completion.CertificateRequest.Span);
        if (!suite.VerifySignature(completion.SigningPublic.Span, payload, completion.ChallengeSignature.Span))
        {
            return new HandshakeRefusal.BadSignature(session.Id);
        }

        var context = PairingTranscript.Context(
            session.Id, completion.DeviceId, session.ClientKind, completion.SigningPublic.Span, completion.AgreementPublic.Span);
        var mac = session.Agreement.DeriveMac(completion.AgreementPublic.Span, session.Challenge.Span, context);
        if (mac is null || !CryptographicOperations.FixedTimeEquals(mac, completion.TranscriptMac.Span))
        {
            return new HandshakeRefusal.BadTranscriptMac(session.Id);
        }

        if (isRevoked(completion.DeviceId))
        {
            return new HandshakeRefusal.DeviceRevoked(completion.DeviceId);
        }

        var hash = PairingTranscript.Hash(mac);
        var pairing = new VerifiedPairing(
            completion.DeviceId,
            session.ClientKind,
            PairingTranscript.IdentityFingerprint(completion.SigningPublic.Span),
            Convert.ToHexStringLower(completion.SigningPublic.Span),
            Convert.ToHexStringLower(hash));
        return new CompletedHandshake(
            session.Id, pairing, PairingCheckCode.Of(hash), session.Method, session.CodeIssuedBy, completion.CertificateRequest, completion.Digest(), now);
    }

    private static bool SameCode(string held, string presented) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(held)), SHA256.HashData(Encoding.UTF8.GetBytes(presented)));
}
