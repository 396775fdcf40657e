using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>Whether enough distinct trusted signers vouch for an envelope, and what it then says. Pure.</summary>
/// <remarks>
/// Order of checks: payload type · signatures, the payload unread until one of them holds · payload · each signer's window and images · threshold.
/// A signature that is not by a trusted signer counts for nothing and spoils nothing.
/// </remarks>
public static class EnvelopeVerifier
{
    /// <summary>The content of the envelope, or the refusal that says most about why too few signers vouch for it.</summary>
    public static Result<AttestationPayload> Verify(DsseEnvelope envelope, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(policy);
        if (!string.Equals(envelope.PayloadType, DsseEnvelope.AttestationPayloadType, StringComparison.Ordinal))
        {
            return new AttestationRefusal.UnexpectedPayloadType();
        }

        var signers = SignersOf(envelope, policy, out Refusal refusal);
        if (signers.Count == 0)
        {
            return refusal;
        }

        var parsed = AttestationPayload.Parse(envelope.Payload);
        if (!parsed.TryGet(out var payload, out var malformed))
        {
            return malformed;
        }

        refusal = new AttestationRefusal.ThresholdNotMet(signers.Count, policy.Options.SignerThreshold);
        var vouching = 0;
        foreach (var signer in signers)
        {
            if (CheckSigner(signer, payload.Attestation, now) is { } problem)
            {
                refusal = problem;
            }
            else
            {
                vouching++;
            }
        }

        return vouching >= policy.Options.SignerThreshold ? payload : refusal;
    }

    private static HashSet<TrustedSigner> SignersOf(DsseEnvelope envelope, CompiledFleetPolicy policy, out Refusal refusal)
    {
        refusal = new AttestationRefusal.UntrustedSigner();
        var signers = new HashSet<TrustedSigner>(ReferenceEqualityComparer.Instance);
        var signed = DsseEnvelope.PreAuthenticationEncoding(envelope.PayloadType, envelope.Payload.Span);
        foreach (var signature in envelope.Signatures)
        {
            foreach (var (signer, key) in policy.Signers)
            {
                // A key id is a hint: without one every trusted key is tried.
                if (signature.KeyId.Length > 0 && !string.Equals(signature.KeyId, signer.KeyId, StringComparison.Ordinal))
                {
                    continue;
                }

                if (key.Verifies(signed, signature.Signature.Span))
                {
                    signers.Add(signer);
                }
                else if (signature.KeyId.Length > 0)
                {
                    refusal = new AttestationRefusal.SignatureInvalid(signer.KeyId);
                }
            }
        }

        return signers;
    }

    private static AttestationRefusal? CheckSigner(TrustedSigner signer, WorkerAttestation attestation, UnixTime now)
    {
        if (now < signer.NotBefore || now >= signer.NotAfter)
        {
            return new AttestationRefusal.SignerOutsideWindow(signer.KeyId);
        }

        return signer.ImageDigests is { } images && !images.Any(image => DigestText.FixedTimeEquals(image, attestation.ImageDigest))
            ? new AttestationRefusal.SignerOutOfScope(signer.KeyId)
            : null;
    }
}
