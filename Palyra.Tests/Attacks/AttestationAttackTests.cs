using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>
/// Attacks on the way into the fleet. Input, all optional: <c>claims</c> over good ones, <c>expect</c> of the policy, <c>already</c> registered id, <c>unsigned</c>,
/// <c>tamper</c> with the envelope, a <c>raw</c> envelope, a <c>signed_payload</c>. A refused worker leaves no trace in the fleet.
/// </summary>
public sealed class AttestationAttackTests : IDisposable
{
    private static readonly UnixTime Now = Workers.Start;
    private static readonly byte[] Challenge = SHA256.HashData("challenge"u8);

    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static TheoryData<string> Cases => AttackCase.Of("attestation");

    public void Dispose()
    {
        _signer.Dispose();
        _second.Dispose();
        _stranger.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attack_IsRefusedWithItsCode_AndLeavesNoTrace(string id)
    {
        var attack = AttackCase.Load("attestation", id);
        var signed = Has(attack, "tamper") || Has(attack, "raw") || Has(attack, "signed_payload");
        var fleet = new WorkerFleet(PolicyOf(attack, signed));
        if (attack.Input.TryGetProperty("already", out var already))
        {
            Assert.True(fleet.Register(Workers.Claims(already.GetString()!), Now).IsOk);
        }

        fleet.IssueChallenge(Workers.Id("attacker"), Challenge, Now);
        var before = fleet.Snapshot();

        var refusal = signed ? SendEnvelope(attack, fleet) : fleet.Register(ClaimsOf(attack), Now).Refusal;

        Assert.Equal(attack.ExpectedRefusal, refusal?.Code);
        Assert.Equal(before, fleet.Snapshot());
    }

    private static bool Has(AttackCase attack, string member) => attack.Input.TryGetProperty(member, out _);

    private WorkerFleetPolicy PolicyOf(AttackCase attack, bool signed)
    {
        var tamper = Has(attack, "tamper") ? attack.Input.GetProperty("tamper").GetString() : null;
        var expect = Has(attack, "expect") ? attack.Input.GetProperty("expect") : JsonDocument.Parse("{}").RootElement;
        string? Expected(string name) => expect.TryGetProperty(name, out var digest) ? digest.GetString() : null;
        var signer = new TrustedSigner
        {
            KeyId = "signer",
            PublicKey = _signer.ExportSubjectPublicKeyInfo(),
            NotAfter = tamper == "signer_retired" ? Now : UnixTime.MaxValue,
            NotBefore = tamper == "signer_of_the_future" ? Now.AddMilliseconds(1) : UnixTime.MinValue,
            ImageDigests = tamper == "image_out_of_scope" ? [new string('0', 64)] : null,
        };
        return Workers.Policy with
        {
            AllowUnsignedAttestations = !Has(attack, "unsigned"),
            TrustedSigners = signed ? [signer, new TrustedSigner { KeyId = "second", PublicKey = _second.ExportSubjectPublicKeyInfo() }] : [],
            SignerThreshold = tamper is "same_signer_twice" or "one_of_two" ? 2 : 1,
            RequiredCapabilityAuthority = Expected("authority"),
            Attestation = new AttestationExpectation { ImageDigest = Expected("image"), BuildDigest = Expected("build"), ArtifactDigest = Expected("artifact") },
        };
    }

    private static WorkerAttestation ClaimsOf(AttackCase attack)
    {
        var claims = JsonNode.Parse(new AttestationPayload(Workers.Claims("attacker"), null).ToJson())!.AsObject();
        foreach (var claim in Has(attack, "claims") ? attack.Input.GetProperty("claims").EnumerateObject() : [])
        {
            var (name, value) = claim.Name switch
            {
                "issued_in_ms" => ("issued_at_unix_ms", JsonValue.Create(Now.Milliseconds + claim.Value.GetInt64())),
                "expires_in_ms" => ("expires_at_unix_ms", JsonValue.Create(Now.Milliseconds + claim.Value.GetInt64())),
                "capability_count" => ("supported_capabilities", new JsonArray([.. Enumerable.Range(0, claim.Value.GetInt32()).Select(i => JsonValue.Create($"c{i}"))])),
                _ => (claim.Name, JsonNode.Parse(claim.Value.GetRawText())!),
            };
            claims[name] = value;
        }

        return AttestationPayload.Parse(Encoding.UTF8.GetBytes(claims.ToJsonString())).Value.Attestation;
    }

    private Refusal? SendEnvelope(AttackCase attack, WorkerFleet fleet)
    {
        if (Has(attack, "raw"))
        {
            var raw = Encoding.UTF8.GetBytes(attack.Input.GetProperty("raw").GetString()!);
            return DsseEnvelope.TryParse(raw, out var parsed) ? fleet.Register(parsed, Now).Refusal : new AttestationRefusal.MalformedEnvelope("Unreadable.");
        }

        if (Has(attack, "signed_payload"))
        {
            return fleet.Register(Envelope(Encoding.UTF8.GetBytes(attack.Input.GetProperty("signed_payload").GetString()!), Sign(_signer)), Now).Refusal;
        }

        var good = new AttestationPayload(Workers.Claims("attacker"), ChallengeNonce.From(Challenge)).ToJson();
        var tamper = attack.Input.GetProperty("tamper").GetString();
        if (tamper == "replayed")
        {
            var envelope = Envelope(good, Sign(_signer));
            Assert.True(fleet.Register(envelope, Now).IsOk);
            Assert.True(fleet.Deregister(Workers.Id("attacker"), Now).IsOk);
            return fleet.Register(envelope, Now).Refusal;
        }

        var (sent, at) = tamper switch
        {
            "payload" => (Envelope(good, Sign(_signer, Flipped)), Now),
            "type" => (new DsseEnvelope("application/json", good, [new DsseSignature("signer", Sign(_signer)(good).Signature)]), Now),
            "signature" => (Envelope(good, body => Flip(Sign(_signer)(body))), Now),
            "cut_signature" => (Envelope(good, body => Sign(_signer)(body) with { Signature = Sign(_signer)(body).Signature[..^1] }), Now),
            "stranger" => (Envelope(good, body => Sign(_stranger)(body) with { KeyId = "stranger" }), Now),
            "stranger_under_trusted_id" => (Envelope(good, Sign(_stranger)), Now),
            "same_signer_twice" => (Envelope(good, Sign(_signer), Sign(_signer)), Now),
            "signature_of_bare_payload" => (Envelope(good, body => new DsseSignature("signer", _signer.SignData(body, HashAlgorithmName.SHA256))), Now),
            "no_challenge" => (Envelope(new AttestationPayload(Workers.Claims("attacker"), null).ToJson(), Sign(_signer)), Now),
            "unknown_challenge" => (Envelope(new AttestationPayload(Workers.Claims("attacker"), ChallengeNonce.From(new byte[32])).ToJson(), Sign(_signer)), Now),
            "old_challenge" => (Envelope(good, Sign(_signer)), Now.AddMilliseconds(AttestationChallenges.LifetimeMs)),
            _ => (Envelope(good, Sign(_signer)), Now),
        };
        return fleet.Register(sent, at).Refusal;
    }

    private static DsseEnvelope Envelope(byte[] body, params Func<byte[], DsseSignature>[] sign) =>
        new(DsseEnvelope.AttestationPayloadType, body, [.. sign.Select(each => each(body))]);

    private static Func<byte[], DsseSignature> Sign(ECDsa key, Func<byte[], byte[]>? change = null) => body => new DsseSignature(
        "signer",
        key.SignData(DsseEnvelope.PreAuthenticationEncoding(DsseEnvelope.AttestationPayloadType, change?.Invoke(body) ?? body), HashAlgorithmName.SHA256));

    private static byte[] Flipped(byte[] body)
    {
        var flipped = (byte[])body.Clone();
        flipped[flipped.Length / 2] ^= 1;
        return flipped;
    }

    private static DsseSignature Flip(DsseSignature signature) => signature with { Signature = Flipped(signature.Signature.ToArray()) };
}
