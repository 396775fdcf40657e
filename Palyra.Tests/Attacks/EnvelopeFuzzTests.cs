using System.Security.Cryptography;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Attacks;

/// <summary>Envelopes and payloads bent by a seeded fuzzer: none is let in, none throws.</summary>
public class EnvelopeFuzzTests
{
    [Fact]
    public void Bent_envelopes_are_refused_and_never_throw()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var fleet = new WorkerFleet(Workers.Policy with { TrustedSigners = [new TrustedSigner { KeyId = "k", PublicKey = key.ExportSubjectPublicKeyInfo() }] });
        var challenge = SHA256.HashData("fuzz"u8);
        Assert.True(fleet.IssueChallenge(Workers.Claims().WorkerId, challenge, Workers.Start).IsOk);
        var good = AttestationSigner.Sign(new AttestationPayload(Workers.Claims(), ChallengeNonce.From(challenge)), "k", key);
        var json = good.ToJson();
        Fuzzer.Run("attestation-envelope", 20_260_101, [json], input =>
        {
            if (DsseEnvelope.TryParse(input, out var bent) && !SameContent(bent, good))
            {
                Assert.False(fleet.Register(bent, Workers.Start).IsOk);
            }
        });

        Assert.Equal(0, fleet.Snapshot().Registered);
        Assert.True(fleet.Register(good, Workers.Start).IsOk);
    }

    [Fact]
    public void Bent_payloads_parse_or_are_refused_and_never_throw()
    {
        var json = new AttestationPayload(Workers.Claims(), null).ToJson();
        var policy = CompiledFleetPolicy.Compile(Workers.Policy);
        Fuzzer.Run("attestation-payload", 20_260_102, [json], input =>
        {
            var parsed = AttestationPayload.Parse(input);
            if (parsed.TryGet(out var payload, out var refusal))
            {
                _ = AttestationDecider.CheckAdmission(payload.Attestation, policy, Workers.Start);
            }
            else
            {
                Assert.Equal("MalformedPayload", refusal.Code);
            }
        });
    }

    // A flip in a member that nobody reads, or in base64 padding, leaves the same signed content.
    private static bool SameContent(DsseEnvelope bent, DsseEnvelope good) =>
        bent.PayloadType == good.PayloadType && bent.Payload.Span.SequenceEqual(good.Payload.Span)
        && bent.Signatures.Any(signature => signature.Signature.Span.SequenceEqual(good.Signatures[0].Signature.Span) && signature.KeyId is "" or "k");
}
