using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Attestation;

public sealed class EnvelopeTests : IDisposable
{
    private static readonly ChallengeNonce Nonce = ChallengeNonce.From(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private readonly ECDsa _first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public void PreAuthenticationEncoding_OfTheSpecificationsExample_IsItsBytes() => Assert.Equal(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        Encoding.UTF8.GetString(DsseEnvelope.PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"u8)));

    [Fact]
    public void Verify_SignedByEachKindOfKey_GivesThePayload()
    {
        var payload = new AttestationPayload(Claims(), Nonce);
        foreach (var (envelope, key) in new[]
        {
            (AttestationSigner.Sign(payload, "k", _first), _first.ExportSubjectPublicKeyInfo()),
            (AttestationSigner.Sign(payload, "k", _rsa), _rsa.ExportSubjectPublicKeyInfo()),
        })
        {
            Assert.True(DsseEnvelope.TryParse(envelope.ToJson(), out var parsed));
            var verified = EnvelopeVerifier.Verify(parsed, Trusting(new TrustedSigner { KeyId = "k", PublicKey = key }), Start);
            Assert.Equal(Nonce, verified.Value.Challenge);
            Assert.Equivalent(Claims(), verified.Value.Attestation);
        }
    }

    [Fact]
    public void Verify_DerSignature_IsAcceptedToo()
    {
        var body = new AttestationPayload(Claims(), Nonce).ToJson();
        var der = _first.SignData(
            DsseEnvelope.PreAuthenticationEncoding(DsseEnvelope.AttestationPayloadType, body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Assert.True(Verify(new DsseEnvelope(DsseEnvelope.AttestationPayloadType, body, [new DsseSignature("first", der)]), First()).IsOk);
    }

    [Fact]
    public void Verify_NoKeyId_TriesEveryTrustedKey() => Assert.True(Verify(Sign(_first, ""), Second(), First()).IsOk);

    [Fact]
    public void Verify_NoKeyIdAndNoTrustedKeyFits_IsAnUntrustedSigner() => Assert.Equal("UntrustedSigner", Verify(Sign(_second, ""), First()).Refusal?.Code);

    [Fact]
    public void Verify_KeyIdOfAnother_IsNotHelpedByAGoodSignature() =>
        Assert.Equal("SignatureInvalid", Verify(Sign(_first, "second"), First(), Second()).Refusal?.Code);

    [Fact]
    public void Verify_OtherPayloadType_IsRefusedEvenIfSigned()
    {
        var body = new AttestationPayload(Claims(), Nonce).ToJson();
        var signature = _first.SignData(DsseEnvelope.PreAuthenticationEncoding("text/plain", body), HashAlgorithmName.SHA256);
        Assert.Equal("UnexpectedPayloadType", Verify(new DsseEnvelope("text/plain", body, [new DsseSignature("first", signature)]), First()).Refusal?.Code);
    }

    [Fact]
    public void Verify_OneByteOfThePayloadChanged_IsRefused()
    {
        var envelope = Sign(_first, "first");
        var body = envelope.Payload.ToArray();
        body[^2] ^= 1;
        Assert.Equal("SignatureInvalid", Verify(new DsseEnvelope(envelope.PayloadType, body, envelope.Signatures), First()).Refusal?.Code);
    }

    [Fact]
    public void Verify_SignerNobodyTrusts_IsRefused()
    {
        Assert.Equal("UntrustedSigner", Verify(Sign(_second, "second"), First()).Refusal?.Code);
        Assert.Equal("UntrustedSigner", EnvelopeVerifier.Verify(Sign(_first, "first"), CompiledFleetPolicy.Compile(Policy), Start).Refusal?.Code);
    }

    [Fact]
    public void Verify_SignedGarbage_IsMalformedPayload()
    {
        var signature = _first.SignData(DsseEnvelope.PreAuthenticationEncoding(DsseEnvelope.AttestationPayloadType, "[]"u8), HashAlgorithmName.SHA256);
        var envelope = new DsseEnvelope(DsseEnvelope.AttestationPayloadType, "[]"u8.ToArray(), [new DsseSignature("first", signature)]);
        Assert.Equal("MalformedPayload", Verify(envelope, First()).Refusal?.Code);
    }

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(1, 2, "SignerOutsideWindow")]
    [InlineData(-1, 0, "SignerOutsideWindow")]
    public void Verify_SignersWindow_IncludesItsStartAndNotItsEnd(long from, long until, string? code) => Assert.Equal(
        code, Verify(Sign(_first, "first"), First() with { NotBefore = After(from), NotAfter = After(until) }).Refusal?.Code);

    [Fact]
    public void Verify_SignersImages_BoundWhatItMayVouchFor()
    {
        Assert.True(Verify(Sign(_first, "first"), First() with { ImageDigests = ["other", new string('A', 64)] }).IsOk);
        Assert.Equal("SignerOutOfScope", Verify(Sign(_first, "first"), First() with { ImageDigests = ["other"] }).Refusal?.Code);
        Assert.Equal("SignerOutOfScope", Verify(Sign(_first, "first"), First() with { ImageDigests = [] }).Refusal?.Code);
    }

    [Fact]
    public void Verify_ThresholdOfTwo_NeedsTwoDistinctSigners()
    {
        var policy = CompiledFleetPolicy.Compile(Policy with { TrustedSigners = [First(), Second()], SignerThreshold = 2 });
        var (first, second) = (Sign(_first, "first"), Sign(_second, "second"));
        Assert.Equal("ThresholdNotMet", EnvelopeVerifier.Verify(first, policy, Start).Refusal?.Code);
        Assert.Equal("ThresholdNotMet", EnvelopeVerifier.Verify(With(first, first), policy, Start).Refusal?.Code);
        Assert.Equal("ThresholdNotMet", EnvelopeVerifier.Verify(With(first, Sign(_first, "")), policy, Start).Refusal?.Code);
        Assert.True(EnvelopeVerifier.Verify(With(first, second), policy, Start).IsOk);
        Assert.True(EnvelopeVerifier.Verify(With(second, Sign(_first, "unknown"), first), policy, Start).IsOk);

        static DsseEnvelope With(params DsseEnvelope[] all) =>
            new(all[0].PayloadType, all[0].Payload, [.. all.SelectMany(envelope => envelope.Signatures)]);
    }

    [Fact]
    public void Register_Envelope_AnswersItsChallengeOnce()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()] });
        var challenge = fleet.IssueChallenge(Id("w-1"), Nonce.ToArray(), Start).Value;
        Assert.Equal(After(60_000), challenge.ExpiresAt);
        var envelope = Sign(_first, "first");
        Assert.True(fleet.Register(envelope, After(59_999)).IsOk);
        Assert.True(fleet.Deregister(Id("w-1"), After(59_999)).IsOk);
        Assert.Equal("ChallengeMismatch", fleet.Register(envelope, After(59_999)).Refusal?.Code);
    }

    [Fact]
    public void Register_ChallengeMissingUnknownOrOld_IsRefused()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()] });
        Assert.Equal("ChallengeMismatch", fleet.Register(Sign(_first, "first"), Start).Refusal?.Code);
        Assert.Equal("ChallengeMismatch", fleet.Register(AttestationSigner.Sign(new AttestationPayload(Claims(), null), "first", _first), Start).Refusal?.Code);
        Assert.True(fleet.IssueChallenge(Id("w-1"), Nonce.ToArray(), Start).IsOk);
        Assert.Equal("ChallengeExpired", fleet.Register(Sign(_first, "first"), After(60_000)).Refusal?.Code);
        Assert.Equal(0, fleet.Snapshot().Registered);
    }

    [Fact]
    public void Register_RefusedAttestation_LeavesItsChallengeOpen()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()], MaxWorkers = 0 });
        Assert.True(fleet.IssueChallenge(Id("w-1"), Nonce.ToArray(), Start).IsOk);
        Assert.Equal("FleetFull", fleet.Register(Sign(_first, "first"), Start).Refusal?.Code);
        fleet.SetPolicy(Policy with { TrustedSigners = [First()] });
        Assert.True(fleet.Register(Sign(_first, "first"), Start).IsOk);
    }

    [Fact]
    public void Register_Unsigned_NeedsThePolicysWordAndNoSigner()
    {
        Assert.Equal("UnsignedAttestation", new WorkerFleet(new WorkerFleetPolicy()).Register(Claims(), Start).Refusal?.Code);
        Assert.Equal("UnsignedAttestation", new WorkerFleet(Policy with { TrustedSigners = [First()] }).Register(Claims(), Start).Refusal?.Code);
        Assert.True(new WorkerFleet(Policy).Register(Claims(), Start).IsOk);
    }

    [Fact]
    public void IssueChallenge_SetFull_MakesRoomOnlyByExpiry()
    {
        var fleet = new WorkerFleet(Policy);
        for (var i = 0; i < AttestationChallenges.MaxOpen; i++)
        {
            Assert.True(fleet.IssueChallenge(Id($"w-{i}"), Nonce.ToArray(), Start).IsOk);
        }

        Assert.Equal("TooManyChallenges", fleet.IssueChallenge(Id("late"), Nonce.ToArray(), After(59_999)).Refusal?.Code);
        Assert.True(fleet.IssueChallenge(Id("w-7"), Nonce.ToArray(), After(59_999)).IsOk);
        Assert.True(fleet.IssueChallenge(Id("late"), Nonce.ToArray(), After(60_000)).IsOk);
        Assert.Throws<ArgumentException>(() => fleet.IssueChallenge(Id("w-1"), new byte[31], Start));
    }

    [Fact]
    public void IssueChallenge_Again_ReplacesTheWorkersOwnAndNobodyElses()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()] });
        Assert.True(fleet.IssueChallenge(Id("w-1"), Nonce.ToArray(), Start).IsOk);
        Assert.True(fleet.IssueChallenge(Id("w-2"), SHA256.HashData("another"u8), Start).IsOk);
        var envelope = Sign(_first, "first");
        Assert.True(fleet.IssueChallenge(Id("w-1"), SHA256.HashData("newer"u8), Start).IsOk);
        Assert.Equal("ChallengeMismatch", fleet.Register(envelope, Start).Refusal?.Code);
        Assert.True(fleet.IssueChallenge(Id("w-1"), Nonce.ToArray(), Start).IsOk);
        Assert.True(fleet.Register(envelope, Start).IsOk);
    }

    [Fact]
    public void Register_ChallengeOfAnotherWorker_IsRefused()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()] });
        Assert.True(fleet.IssueChallenge(Id("w-2"), Nonce.ToArray(), Start).IsOk);
        Assert.Equal("ChallengeMismatch", fleet.Register(Sign(_first, "first"), Start).Refusal?.Code);
    }

    [Fact]
    public void Register_EmptyChallenge_IsRefusedThoughItWasIssued()
    {
        var fleet = new WorkerFleet(Policy with { TrustedSigners = [First()] });
        Assert.True(fleet.IssueChallenge(Id("w-1"), new byte[32], Start).IsOk);
        Assert.Equal("ChallengeMismatch", fleet.Register(AttestationSigner.Sign(new AttestationPayload(Claims(), default(ChallengeNonce)), "first", _first), Start).Refusal?.Code);
    }

    private TrustedSigner First() => new() { KeyId = "first", PublicKey = _first.ExportSubjectPublicKeyInfo() };

    private TrustedSigner Second() => new() { KeyId = "second", PublicKey = _second.ExportSubjectPublicKeyInfo() };

    private static DsseEnvelope Sign(ECDsa key, string keyId) => AttestationSigner.Sign(new AttestationPayload(Claims(), Nonce), keyId, key);

    private static Result<AttestationPayload> Verify(DsseEnvelope envelope, params TrustedSigner[] signers) => EnvelopeVerifier.Verify(envelope, Trusting(signers), Start);

    private static CompiledFleetPolicy Trusting(params TrustedSigner[] signers) => CompiledFleetPolicy.Compile(Policy with { TrustedSigners = signers });
}
