using System.Security.Cryptography;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>A signer that a policy trusts, and the envelopes it signs.</summary>
internal sealed class AttestationSigning : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal WorkerFleetPolicy Policy => new() { TrustedSigners = [new TrustedSigner { KeyId = "ci", PublicKey = _key.ExportSubjectPublicKeyInfo() }] };

    internal byte[] Envelope(WorkerAttestation attestation, ReadOnlySpan<byte> challenge)
    {
        var payload = new AttestationPayload(attestation, ChallengeNonce.From(challenge)).ToJson();
        var signature = _key.SignData(DsseEnvelope.PreAuthenticationEncoding(DsseEnvelope.AttestationPayloadType, payload), HashAlgorithmName.SHA256);
        return new DsseEnvelope(DsseEnvelope.AttestationPayloadType, payload, [new DsseSignature("ci", signature)]).ToJson();
    }

    internal static WorkerAttestation Attestation(string worker, UnixTime now) =>
        Workers.Attestation(worker) with { IssuedAt = now.AddMilliseconds(-1_000L), ExpiresAt = now.AddMilliseconds(3_600_000L) };

    public void Dispose() => _key.Dispose();
}
