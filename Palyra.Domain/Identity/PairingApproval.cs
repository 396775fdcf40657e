using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>The question that is put to a person: may this device in?</summary>
/// <param name="ApprovalId">Names the question.</param>
/// <param name="SessionId">The pairing.</param>
/// <param name="Title">One line.</param>
/// <param name="Risk">Always <c>high</c>: a paired device may be handed work.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="ClientKind">What it is.</param>
/// <param name="Method">How its code travelled.</param>
/// <param name="IdentityFingerprint">SHA-256 of its signing key.</param>
/// <param name="TranscriptHashHex">SHA-256 of the transcript's MAC.</param>
/// <param name="CheckCode">Six digits that the device prints too. Approve only when they are the same.</param>
/// <param name="ExpiresAt">From this instant on no decision counts.</param>
public sealed record PairingApproval(
    ApprovalId ApprovalId,
    PairingSessionId SessionId,
    string Title,
    string Risk,
    DeviceId DeviceId,
    ClientKind ClientKind,
    PairingMethod Method,
    string IdentityFingerprint,
    string TranscriptHashHex,
    string CheckCode,
    UnixTime ExpiresAt)
{
    /// <summary>The question that a pairing request asks.</summary>
    public static PairingApproval Of(PairingRequestRecord request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var pairing = request.VerifiedPairing;
        return new PairingApproval(
            request.ApprovalId,
            request.SessionId,
            $"Pair {request.ClientKind.ToWireName()} device {request.DeviceId}",
            "high",
            request.DeviceId,
            request.ClientKind,
            request.Method,
            pairing.IdentityFingerprint,
            pairing.TranscriptHashHex,
            PairingCheckCode.OfHex(pairing.TranscriptHashHex) ?? "",
            request.ExpiresAt);
    }
}
