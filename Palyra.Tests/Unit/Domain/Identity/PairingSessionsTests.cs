using System.Net;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Unit.Domain.Identity;

public sealed class PairingSessionsTests : IDisposable
{
    private const string Code = "123456";
    private readonly PairingSessions _sessions = new(P256PairingSuite.Instance, new TestEntropy());
    private readonly DeviceUnderPairing _device = new(DeviceA);

    public void Dispose()
    {
        _sessions.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Complete_HonestDevice_IsVerified()
    {
        var (completion, checkCode) = _device.Answer(Begin(), Code);
        var completed = Complete(completion).Value;
        Assert.Equal(DeviceA, completed.Pairing.DeviceId);
        Assert.Equal(ClientKind.Node, completed.Pairing.ClientKind);
        Assert.Equal(Convert.ToHexStringLower(completion.SigningPublic.Span), completed.Pairing.SigningPublicKeyHex);
        Assert.Equal(PairingTranscript.IdentityFingerprint(completion.SigningPublic.Span), completed.Pairing.IdentityFingerprint);
        Assert.Equal(Convert.ToHexStringLower(PairingTranscript.Hash(completion.TranscriptMac.Span)), completed.Pairing.TranscriptHashHex);
        Assert.Equal(checkCode, completed.CheckCode);
        Assert.Equal("operator", completed.CodeIssuedBy);
    }

    [Fact]
    public void Complete_SameMessageAgain_GivesTheSameAnswer()
    {
        var (completion, _) = _device.Answer(Begin(), Code);
        var first = Complete(completion).Value;
        Assert.Same(first, Complete(completion with { }, codeIsActive: false).Value);
        Assert.Same(first, _sessions.CheckBeforeCode(completion, Start)!.Value.Value);
    }

    [Fact]
    public void Complete_AgainWithOtherContent_IsRefusedAndTheFirstStands()
    {
        var challenge = Begin();
        var (completion, _) = _device.Answer(challenge, Code);
        var first = Complete(completion).Value;
        Assert.Equal("pairing.already_completed", Refused(_device.Answer(challenge, Code).Completion));
        Assert.Equal("pairing.already_completed", Refused(completion with { CertificateRequest = SigningRequests.P256() }));
        Assert.Equal("pairing.already_completed", Refused(completion with { Version = 1 }));
        Assert.Same(first, Complete(completion).Value);
    }

    [Fact]
    public void Complete_UnknownSession_IsRefused() =>
        Assert.Equal("pairing.unknown_session", Refused(_device.Answer(Begin(), Code).Completion with { SessionId = new PairingSessionId(Device(1).Value) }));

    [Theory]
    [InlineData(4.999, null)]
    [InlineData(5, "pairing.session_expired")]
    [InlineData(60, "pairing.session_expired")]
    public void Complete_AfterFiveMinutes_IsRefused(double minutes, string? code) =>
        Assert.Equal(code, Complete(_device.Answer(Begin(), Code).Completion, minutes: minutes).Refusal?.Code);

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(3u)]
    public void Complete_OtherVersion_IsRefused(uint version) =>
        Assert.Equal("pairing.unsupported_version", Refused(_device.Answer(Begin(), Code).Completion with { Version = version }));

    [Theory]
    [InlineData("", "pairing.invalid_client_kind")]
    [InlineData("nodes", "pairing.invalid_client_kind")]
    [InlineData("cli", "pairing.client_kind_mismatch")]
    [InlineData(" NODE ", null)]
    public void Complete_ClientKind_IsTheSessions(string kind, string? code) =>
        Assert.Equal(code, Complete(_device.Answer(Begin(), Code).Completion with { ClientKind = kind }).Refusal?.Code);

    [Fact]
    public void Complete_WrongCode_IsRefusedAndTheSessionGoesOn()
    {
        var challenge = Begin();
        Assert.Equal("pairing.wrong_code", Refused(_device.Answer(challenge, "654321").Completion));
        Assert.Equal("pairing.wrong_code", Refused(_device.Answer(challenge, Code).Completion, codeIsActive: false));
        Assert.True(Complete(_device.Answer(challenge, Code).Completion).IsOk);
    }

    [Fact]
    public void Complete_RequestWithoutPossession_EndsTheSession() =>
        AssertEnds("pairing.no_proof_of_possession", challenge => _device.Answer(challenge, Code, SigningRequests.WithoutPossession()).Completion);

    [Fact]
    public void Complete_RequestIsGarbage_EndsTheSession() =>
        AssertEnds("pairing.no_proof_of_possession", challenge => _device.Answer(challenge, Code, [1, 2, 3]).Completion);

    [Fact]
    public void Complete_RequestForAnotherCurve_EndsTheSession() =>
        AssertEnds("pairing.no_proof_of_possession", challenge => _device.Answer(challenge, Code, SigningRequests.P384()).Completion);

    [Fact]
    public void Complete_SignatureByAnotherKey_EndsTheSession()
    {
        using var other = new DeviceUnderPairing(DeviceA);
        AssertEnds("pairing.bad_signature", challenge => _device.Answer(challenge, Code).Completion with { SigningPublic = other.Answer(challenge, Code).Completion.SigningPublic });
    }

    [Fact]
    public void Complete_RequestSwapped_EndsTheSession() =>
        AssertEnds("pairing.bad_signature", challenge => _device.Answer(challenge, Code).Completion with { CertificateRequest = SigningRequests.P256() });

    [Fact]
    public void Complete_DeviceSwapped_EndsTheSession() =>
        AssertEnds("pairing.bad_signature", challenge => _device.Answer(challenge, Code).Completion with { DeviceId = DeviceB });

    [Fact]
    public void Complete_AnswerToAnotherSession_EndsTheSession()
    {
        var other = Begin();
        AssertEnds("pairing.bad_signature", challenge => _device.Answer(other, Code).Completion with { SessionId = challenge.SessionId });
    }

    [Fact]
    public void Complete_MacOverAnotherTranscript_EndsTheSession()
    {
        var other = Begin();
        AssertEnds("pairing.bad_transcript_mac", challenge => _device.Answer(challenge, Code).Completion with { TranscriptMac = _device.Answer(other, Code).Completion.TranscriptMac });
    }

    [Fact]
    public void Complete_AgreementKeySwapped_EndsTheSession() => AssertEnds("pairing.bad_transcript_mac", challenge =>
    {
        using var agreement = P256PairingSuite.Instance.NewAgreement();
        return _device.Answer(challenge, Code).Completion with { AgreementPublic = agreement.Public };
    });

    public static TheoryData<byte[]> BadPoints() => new()
    {
        Array.Empty<byte>(), new byte[65], new byte[] { 4 }, Enumerable.Repeat((byte)4, 65).ToArray(), Enumerable.Repeat((byte)0xff, 65).ToArray(),
        new byte[] { 2 }.Concat(new byte[32]).ToArray(), new byte[] { 4 }.Concat(Enumerable.Repeat((byte)0xff, 64)).ToArray(),
    };

    [Theory]
    [MemberData(nameof(BadPoints))]
    public void Complete_KeyIsNoPointOfTheCurve_IsRefused(byte[] point)
    {
        AssertEnds("pairing.bad_transcript_mac", challenge => Signed(challenge, point));
        AssertEnds("pairing.bad_signature", challenge => _device.Answer(challenge, Code).Completion with { SigningPublic = point });

        PairingCompletion Signed(PairingChallenge challenge, byte[] agreement) => _device.Answer(challenge, Code).Completion with { AgreementPublic = agreement };
    }

    [Fact]
    public void Complete_RevokedDevice_EndsTheSession()
    {
        var challenge = Begin();
        var result = _sessions.Complete(_device.Answer(challenge, Code).Completion, true, _ => true, Start);
        Assert.Equal("pairing.device_revoked", result.Refusal!.Code);
        Assert.Equal("pairing.unknown_session", Refused(_device.Answer(challenge, Code).Completion));
    }

    [Fact]
    public void Complete_EverythingWrong_NamesTheFirstCheckThatFails()
    {
        using var other = new DeviceUnderPairing(DeviceB);
        var challenge = Begin();
        var bad = other.Answer(Begin(), "654321", SigningRequests.WithoutPossession()).Completion with
        {
            SessionId = new PairingSessionId(Device(1).Value),
            Version = 1,
            ClientKind = "toaster",
            SigningPublic = new byte[65],
            TranscriptMac = new byte[32],
        };
        Assert.Equal("pairing.unknown_session", Refused(bad));
        bad = bad with { SessionId = challenge.SessionId };
        Assert.Equal("pairing.session_expired", Complete(bad, minutes: 5).Refusal!.Code);
        Assert.Equal("pairing.unsupported_version", Refused(bad));
        bad = bad with { Version = 2 };
        Assert.Equal("pairing.invalid_client_kind", Refused(bad));
        bad = bad with { ClientKind = "cli" };
        Assert.Equal("pairing.client_kind_mismatch", Refused(bad));
        bad = bad with { ClientKind = "node" };
        Assert.Equal("pairing.wrong_code", Refused(bad));
        bad = bad with { Code = Code };
        Assert.Equal("pairing.no_proof_of_possession", Refused(bad));
    }

    [Theory]
    [InlineData(0, "pairing.no_proof_of_possession")]
    [InlineData(1, "pairing.bad_signature")]
    [InlineData(2, "pairing.bad_transcript_mac")]
    [InlineData(3, "pairing.device_revoked")]
    public void Complete_ThatProofAndAllLaterOnesWrong_NamesTheFirstAndEndsTheSession(int from, string code)
    {
        var challenge = Begin();
        var bad = _device.Answer(challenge, Code, from <= 0 ? SigningRequests.WithoutPossession() : null).Completion;
        bad = from <= 1 ? bad with { ChallengeSignature = new byte[64] } : bad;
        bad = from <= 2 ? bad with { TranscriptMac = new byte[32] } : bad;
        Assert.Equal(code, _sessions.Complete(bad, true, _ => true, Start).Refusal!.Code);
        Assert.Equal("pairing.unknown_session", Refused(_device.Answer(challenge, Code).Completion));
    }

    [Fact]
    public void Complete_OversizedField_IsRefusedBeforeAnythingElse()
    {
        var good = _device.Answer(Begin(), Code).Completion;
        Assert.Equal("proof", Subject(good with { Code = new string('1', 257) }));
        Assert.Equal("client_kind", Subject(good with { ClientKind = new string(' ', 65) }));
        Assert.Equal("device_signing_public", Subject(good with { SigningPublic = new byte[66] }));
        Assert.Equal("device_x25519_public", Subject(good with { AgreementPublic = new byte[66] }));
        Assert.Equal("challenge_signature", Subject(good with { ChallengeSignature = new byte[65] }));
        Assert.Equal("transcript_mac", Subject(good with { TranscriptMac = new byte[33] }));
        Assert.Equal("certificate_signing_request", Subject(good with { CertificateRequest = new byte[4097] }));
        Assert.True(Complete(good).IsOk);

        string Subject(PairingCompletion completion)
        {
            var refusal = _sessions.CheckBeforeCode(completion, Start)!.Value.Refusal!;
            Assert.Equal("pairing.invalid_field", refusal.Code);
            Assert.Equal(refusal, Complete(completion).Refusal);
            return refusal.Subject;
        }
    }

    [Fact]
    public void Complete_MutatedMessages_NeverPassAndNeverThrow()
    {
        var random = new Random(20260502);
        var runs = LongRun.IsOn ? 20_000 : 300;
        for (var i = 0; i < runs; i++)
        {
            var good = _device.Answer(Begin(), Code).Completion;
            var bad = random.Next(5) switch
            {
                0 => good with { SigningPublic = Mutations.Mutate(good.SigningPublic.ToArray(), random) },
                1 => good with { AgreementPublic = Mutations.Mutate(good.AgreementPublic.ToArray(), random) },
                2 => good with { ChallengeSignature = Mutations.Mutate(good.ChallengeSignature.ToArray(), random) },
                3 => good with { TranscriptMac = Mutations.Mutate(good.TranscriptMac.ToArray(), random) },
                _ => good with { CertificateRequest = Mutations.Mutate(good.CertificateRequest.ToArray(), random) },
            };
            if (!bad.Digest().AsSpan().SequenceEqual(good.Digest()))
            {
                Assert.False(Complete(bad).IsOk);
            }
        }
    }

    [Fact]
    public void Admit_OtherVersion_SaysSo()
    {
        var refusal = _sessions.Admit(1, "node", null, Start).Refusal!;
        Assert.Equal("pairing.unsupported_version", refusal.Code);
        Assert.Contains("version 1", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Admit_EleventhFromOneAddressWithinAMinute_IsRateLimited()
    {
        var address = IPAddress.Parse("192.0.2.7");
        for (var i = 0; i < 10; i++)
        {
            Assert.True(_sessions.Admit(2, "node", address, Minutes(0.5)).IsOk);
        }

        Assert.Equal("pairing.rate_limited", _sessions.Admit(2, "node", address, Minutes(1.499)).Refusal!.Code);
        Assert.Equal("pairing.rate_limited", _sessions.Admit(2, "node", IPAddress.Parse("::ffff:192.0.2.7"), Minutes(1.499)).Refusal!.Code);
        Assert.True(_sessions.Admit(2, "node", IPAddress.Parse("192.0.2.8"), Minutes(1.499)).IsOk);
        Assert.True(_sessions.Admit(2, "node", address, Minutes(1.5)).IsOk);
    }

    [Fact]
    public void Admit_AddressesOfOneIpv6Network_CountAsOne()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.True(_sessions.Admit(2, "node", IPAddress.Parse($"2001:db8:1:2::{i + 1}"), Start).IsOk);
        }

        Assert.Equal("pairing.rate_limited", _sessions.Admit(2, "node", IPAddress.Parse("2001:db8:1:2:ffff::1"), Start).Refusal!.Code);
        Assert.True(_sessions.Admit(2, "node", IPAddress.Parse("2001:db8:1:3::1"), Start).IsOk);
    }

    [Fact]
    public void Admit_OverallLimitWithinAMinute_IsRateLimited()
    {
        for (var i = 0; i < PairingSessions.MaxStartsPerMinute; i++)
        {
            Assert.True(_sessions.Admit(2, "node", new IPAddress(i + 1), Start).IsOk);
        }

        Assert.Equal("overall", _sessions.Admit(2, "node", new IPAddress(5000), Minutes(0.99)).Refusal!.Subject);
        Assert.True(_sessions.Admit(2, "node", new IPAddress(5000), Minutes(1)).IsOk);
    }

    [Fact]
    public void Open_TenThousandHalfOpen_TheNextIsRefusedUntilTheyExpire()
    {
        using var sessions = new PairingSessions(new NoKeys(), new TestEntropy());
        for (var i = 0; i < PairingSessions.MaxOpen; i++)
        {
            Assert.True(sessions.Open(sessions.NewId(Start), ClientKind.Node, Handshakes.Pin(), Start).IsOk);
        }

        Assert.Equal("pairing.too_many_sessions", sessions.Open(sessions.NewId(Start), ClientKind.Node, Handshakes.Pin(), Start).Refusal!.Code);
        Assert.Equal("pairing.too_many_sessions", sessions.Admit(2, "node", null, Minutes(4.99)).Refusal!.Code);
        Assert.Equal(PairingSessions.MaxOpen, sessions.Count);
        Assert.True(sessions.Admit(2, "node", null, Minutes(5)).IsOk);
        Assert.Equal(0, sessions.Count);
    }

    [Fact]
    public void Open_EverySession_HasItsOwnChallengeAndKey()
    {
        var (one, two) = (Begin(), Begin());
        Assert.NotEqual(one.Challenge.ToArray(), two.Challenge.ToArray());
        Assert.NotEqual(one.GatewayPublic.ToArray(), two.GatewayPublic.ToArray());
        Assert.NotEqual(one.SessionId, two.SessionId);
        Assert.Equal(65, one.GatewayPublic.Length);
        Assert.Equal(32, one.Challenge.Length);
        Assert.Equal(Minutes(5), one.ExpiresAt);
    }

    [Fact]
    public void ToString_OfSessionAndCompletion_ShowsNoCode()
    {
        Assert.DoesNotContain(Code, _device.Answer(Begin(), Code).Completion.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Code, _sessions.Open(_sessions.NewId(Start), ClientKind.Node, Handshakes.Pin(), Start).Value.ToString(), StringComparison.Ordinal);
    }

    private PairingChallenge Begin() => Handshakes.Begin(_sessions, Start);

    private Palyra.Domain.Results.Result<CompletedHandshake> Complete(PairingCompletion completion, bool codeIsActive = true, double minutes = 0) =>
        _sessions.Complete(completion, codeIsActive, _ => false, Minutes(minutes));

    private string Refused(PairingCompletion completion, bool codeIsActive = true) => Complete(completion, codeIsActive).Refusal!.Code;

    private void AssertEnds(string code, Func<PairingChallenge, PairingCompletion> attack)
    {
        var challenge = Begin();
        Assert.Equal(code, Refused(attack(challenge)));
        Assert.Equal("pairing.unknown_session", Refused(_device.Answer(challenge, Code).Completion));
    }

    /// <summary>A suite whose keys cost nothing, for tests that are about numbers.</summary>
    private sealed class NoKeys : IPairingSuite
    {
        public uint ProtocolVersion => 2;

        public IPairingAgreement NewAgreement() => new NoKey();

        public bool ProvesPossession(ReadOnlySpan<byte> certificateRequest) => false;

        public bool VerifySignature(ReadOnlySpan<byte> signingPublic, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) => false;

        private sealed class NoKey : IPairingAgreement
        {
            public ReadOnlyMemory<byte> Public { get; } = new byte[65];

            public byte[]? DeriveMac(ReadOnlySpan<byte> otherPublic, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> context) => null;

            public void Dispose() { }
        }
    }
}
