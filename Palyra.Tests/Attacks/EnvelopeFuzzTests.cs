using System.Security.Cryptography;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>Envelopes and payloads bent by a seeded fuzzer: none is let in, none throws.</summary>
public class EnvelopeFuzzTests
{
    private static int Inputs => Environment.GetEnvironmentVariable("PALYRA_LONG") == "1" ? 100_000 : 2_000;

    [Fact]
    public void Bent_envelopes_are_refused_and_never_throw()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var fleet = new WorkerFleet(Workers.Policy with { TrustedSigners = [new TrustedSigner { KeyId = "k", PublicKey = key.ExportSubjectPublicKeyInfo() }] });
        var challenge = SHA256.HashData("fuzz"u8);
        Assert.True(fleet.IssueChallenge(challenge, Workers.Start).IsOk);
        var good = AttestationSigner.Sign(new AttestationPayload(Workers.Claims(), ChallengeNonce.From(challenge)), "k", key);
        var json = good.ToJson();
        var random = new Random(20_260_101);
        for (var i = 0; i < Inputs; i++)
        {
            if (DsseEnvelope.TryParse(Mutations.Mutate(json, random), out var bent) && !SameContent(bent, good))
            {
                Assert.False(fleet.Register(bent, Workers.Start).IsOk);
            }
        }

        Assert.Equal(0, fleet.Snapshot().Registered);
        Assert.True(fleet.Register(good, Workers.Start).IsOk);
    }

    [Fact]
    public void Bent_payloads_parse_or_are_refused_and_never_throw()
    {
        var json = new AttestationPayload(Workers.Claims(), null).ToJson();
        var policy = CompiledFleetPolicy.Compile(Workers.Policy);
        var random = new Random(20_260_102);
        for (var i = 0; i < Inputs; i++)
        {
            var parsed = AttestationPayload.Parse(Mutations.Mutate(json, random));
            if (parsed.TryGet(out var payload, out var refusal))
            {
                _ = AttestationDecider.CheckAdmission(payload.Attestation, policy, Workers.Start);
            }
            else
            {
                Assert.Equal("MalformedPayload", refusal.Code);
            }
        }
    }

    // A flip in a member that nobody reads, or in base64 padding, leaves the same signed content.
    private static bool SameContent(DsseEnvelope bent, DsseEnvelope good) =>
        bent.PayloadType == good.PayloadType && bent.Payload.Span.SequenceEqual(good.Payload.Span)
        && bent.Signatures.Any(signature => signature.Signature.Span.SequenceEqual(good.Signatures[0].Signature.Span) && signature.KeyId is "" or "k");
}
