using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Attestation;

/// <summary>Why an attestation is not accepted. The code of each case is its name.</summary>
public abstract record AttestationRefusal : Refusal
{
    private AttestationRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The worker id is missing, over 128 bytes or holds control characters.</summary>
    public sealed record MissingWorkerId() : AttestationRefusal(
        nameof(MissingWorkerId), "worker_id", "The worker id must be 1 to 128 UTF-8 bytes without control characters.");

    /// <summary>It is for another worker than the one that handed it in.</summary>
    public sealed record WorkerIdMismatch(WorkerId Worker) : AttestationRefusal(
        nameof(WorkerIdMismatch), Worker.ToString(), "The attestation is for another worker than the device that sends it.");

    /// <summary>It was issued after now, or its heartbeat lies further ahead than the allowed skew.</summary>
    public sealed record NotYetValid(WorkerId Worker, string Field) : AttestationRefusal(
        nameof(NotYetValid), Worker.ToString(), $"{Field} lies in the future; check the clock of the worker.");

    /// <summary>It expired at or before now.</summary>
    public sealed record Expired(WorkerId Worker) : AttestationRefusal(
        nameof(Expired), Worker.ToString(), "The attestation has expired; the worker has to attest again.");

    /// <summary>The egress proxy is required and was not attested.</summary>
    public sealed record MissingEgressProxyBinding(WorkerId Worker) : AttestationRefusal(
        nameof(MissingEgressProxyBinding), Worker.ToString(), "The worker did not boot bound to the attested egress proxy.");

    /// <summary>A digest differs from the expected one; the detail names the field.</summary>
    public sealed record DigestMismatch(WorkerId Worker, string Field) : AttestationRefusal(
        nameof(DigestMismatch), Worker.ToString(), $"The {Field} digest is not the expected one.");

    /// <summary>A capability authority, SDK protocol or ABI the fleet does not work with; the detail says which.</summary>
    public sealed record CompatibilityMismatch(WorkerId Worker, string Mismatch) : AttestationRefusal(
        nameof(CompatibilityMismatch), Worker.ToString(), Mismatch);

    /// <summary>The validity window is longer than the policy's maximum.</summary>
    public sealed record ValidityTooLong(WorkerId Worker) : AttestationRefusal(
        nameof(ValidityTooLong), Worker.ToString(), "The attestation is valid for longer than the policy allows.");

    /// <summary>A text or a list is over its limit.</summary>
    public sealed record InvalidAttestation(string Field, string Problem) : AttestationRefusal(
        nameof(InvalidAttestation), Field, Problem);

    /// <summary>It came without an envelope, and the policy does not allow that by name.</summary>
    public sealed record UnsignedAttestation(WorkerId Worker) : AttestationRefusal(
        nameof(UnsignedAttestation), Worker.ToString(), "The attestation is not signed, and the policy does not accept unsigned ones.");

    /// <summary>The envelope is not a DSSE envelope within the limits.</summary>
    public sealed record MalformedEnvelope(string Problem) : AttestationRefusal(nameof(MalformedEnvelope), "envelope", Problem);

    /// <summary>The envelope holds something other than a worker attestation.</summary>
    public sealed record UnexpectedPayloadType() : AttestationRefusal(
        nameof(UnexpectedPayloadType), "payloadType", $"The payload type must be {DsseEnvelope.AttestationPayloadType}.");

    /// <summary>The signed payload is not a worker attestation.</summary>
    public sealed record MalformedPayload(string Problem) : AttestationRefusal(nameof(MalformedPayload), "payload", Problem);

    /// <summary>No signature names a signer of the policy, or the policy trusts none.</summary>
    public sealed record UntrustedSigner() : AttestationRefusal(
        nameof(UntrustedSigner), "signatures", "No signature is by a signer that the policy trusts.");

    /// <summary>A trusted signer is named, and its signature does not verify.</summary>
    public sealed record SignatureInvalid(string KeyId) : AttestationRefusal(
        nameof(SignatureInvalid), KeyId, "The signature does not verify under the trusted key.");

    /// <summary>A trusted signer signed outside its own validity.</summary>
    public sealed record SignerOutsideWindow(string KeyId) : AttestationRefusal(
        nameof(SignerOutsideWindow), KeyId, "The signer is not trusted at this time.");

    /// <summary>A trusted signer may not vouch for this image.</summary>
    public sealed record SignerOutOfScope(string KeyId) : AttestationRefusal(
        nameof(SignerOutOfScope), KeyId, "The signer may not vouch for this image digest.");

    /// <summary>Fewer distinct trusted signers than the policy asks for.</summary>
    public sealed record ThresholdNotMet(int Signers, int Threshold) : AttestationRefusal(
        nameof(ThresholdNotMet), "signatures", $"{Signers} of the {Threshold} required signers vouch for this attestation.");

    /// <summary>The challenge is missing, was never issued, or was used before.</summary>
    public sealed record ChallengeMismatch() : AttestationRefusal(
        nameof(ChallengeMismatch), "challenge_b64", "The attestation does not answer an open challenge of this gateway.");

    /// <summary>The challenge is older than its lifetime.</summary>
    public sealed record ChallengeExpired() : AttestationRefusal(
        nameof(ChallengeExpired), "challenge_b64", "The challenge has expired; ask for a new one.");

    /// <summary>Too many challenges are open.</summary>
    public sealed record TooManyChallenges() : AttestationRefusal(
        nameof(TooManyChallenges), "challenge", $"{AttestationChallenges.MaxOpen} challenges are open; try again when some have expired.");

    /// <summary>It was issued at or before the moment the worker failed closed.</summary>
    public sealed record AttestationPredatesFailure(WorkerId Worker) : AttestationRefusal(
        nameof(AttestationPredatesFailure), Worker.ToString(), "The worker failed closed after this attestation was issued; a fresh one is needed.");
}
