using System.Net;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Unit.Domain.Identity;

/// <summary>A session's key lives exactly as long as its session.</summary>
public sealed class PairingSessionsLifeTests : IDisposable
{
    private readonly CountedKeys _keys = new();
    private readonly PairingSessions _sessions;

    public PairingSessionsLifeTests() => _sessions = new PairingSessions(_keys, new TestEntropy());

    [Fact]
    public void Open_FiveMinutesLater_DropsTheExpiredFirst()
    {
        Open();
        Open(4.999);
        Assert.Equal((2, 2), (_sessions.Count, _keys.Live));

        Open(5);

        Assert.Equal((2, 2), (_sessions.Count, _keys.Live));
    }

    [Fact]
    public void Open_IdInUse_IsRefusedAndKeepsNoKey()
    {
        var id = Open();

        Assert.Equal("pairing.too_many_sessions", _sessions.Open(id, ClientKind.Node, Handshakes.Pin(), Start).Refusal!.Code);
        Assert.Equal((1, 1), (_sessions.Count, _keys.Live));
    }

    [Fact]
    public void End_Session_EndsItAndItsKeyOnce()
    {
        var id = Open();
        Open();

        _sessions.End(id);
        _sessions.End(id);
        _sessions.End(new PairingSessionId(Device(1).Value));

        Assert.Equal((1, 1), (_sessions.Count, _keys.Live));
    }

    [Fact]
    public void RemoveExpired_GivesThoseItEnded()
    {
        var ended = Open();
        var expired = Open();
        var alive = Open(1);
        _sessions.End(ended);

        Assert.Empty(_sessions.RemoveExpired(Minutes(4.999)));
        Assert.Equal([expired], _sessions.RemoveExpired(Minutes(5)));
        Assert.Equal((1, 1), (_sessions.Count, _keys.Live));
        Assert.Equal([alive], _sessions.RemoveExpired(Minutes(6)));
        Assert.Equal((0, 0), (_sessions.Count, _keys.Live));
    }

    [Fact]
    public void Dispose_EndsEverySession()
    {
        Open();
        Open();

        _sessions.Dispose();

        Assert.Equal((0, 0), (_sessions.Count, _keys.Live));
    }

    [Theory]
    [InlineData("toaster")]
    [InlineData("")]
    [InlineData(null)]
    public void Admit_NoClientKind_IsRefusedAndNotCounted(string? kind)
    {
        for (var i = 0; i <= PairingSessions.MaxStartsPerMinutePerAddress; i++)
        {
            Assert.Equal("pairing.invalid_client_kind", _sessions.Admit(2, kind, null, Start).Refusal!.Code);
        }

        Assert.Equal(ClientKind.Desktop, _sessions.Admit(2, "desktop", null, Start).Value);
    }

    [Theory]
    [InlineData("::1", "0.0.0.0")]
    [InlineData("0.0.0.1", "::")]
    [InlineData("32.1.13.184", "2001:db8::1")]
    [InlineData("2001:db8::1", "32.1.13.184")]
    [InlineData(null, "ffff:ffff:ffff:ffff::1")]
    [InlineData("255.255.255.255", null)]
    public void Admit_OneOriginUsedUp_LeavesTheOtherItsPlaces(string? used, string? other)
    {
        for (var i = 0; i < PairingSessions.MaxStartsPerMinutePerAddress; i++)
        {
            Assert.True(_sessions.Admit(2, "node", Address(used), Start).IsOk);
        }

        Assert.Equal("address", _sessions.Admit(2, "node", Address(used), Start).Refusal!.Subject);
        Assert.True(_sessions.Admit(2, "node", Address(other), Start).IsOk);
    }

    [Fact]
    public void OversizedField_EverythingAtItsLimit_IsNone()
    {
        var good = Completion with { CertificateRequest = new byte[4096] };

        Assert.Null(good.OversizedField());
        Assert.Equal("client_kind", (good with { ClientKind = new string('n', 65) }).OversizedField());
        Assert.Equal("proof", (good with { Code = new string('1', 257) }).OversizedField());
        Assert.Equal("certificate_signing_request", (good with { CertificateRequest = new byte[4097] }).OversizedField());
    }

    [Fact]
    public void Digest_AnyFieldDiffers_Differs()
    {
        PairingCompletion[] all =
        [
            Completion,
            Completion with { Version = 3 },
            Completion with { SessionId = NodeRuntimes.Session(2) },
            Completion with { DeviceId = DeviceB },
            Completion with { ClientKind = new string('n', 63) },
            Completion with { Code = new string('1', 255) },
            Completion with { ClientKind = new string('n', 63), Code = 'n' + new string('1', 256) },
            Completion with { SigningPublic = new byte[64] },
            Completion with { AgreementPublic = new byte[64] },
            Completion with { SigningPublic = new byte[64], AgreementPublic = new byte[66] },
            Completion with { ChallengeSignature = new byte[63] },
            Completion with { TranscriptMac = new byte[31] },
            Completion with { CertificateRequest = new byte[1] },
        ];

        Assert.Equal(all.Length, all.Select(each => Convert.ToHexString(each.Digest())).Distinct().Count());
        Assert.Equal(Completion.Digest(), (Completion with { }).Digest());
    }

    [Theory]
    [InlineData("0000000000000001000000000000000000000000000000000000000000000000", "000001")]
    [InlineData("no hash", "")]
    public void PairingApproval_Of_ShowsTheCheckCodeOfTheTranscript(string hash, string checkCode)
    {
        var request = Pairings.In(PairingRequestState.PendingApproval);
        request = request with { VerifiedPairing = request.VerifiedPairing with { TranscriptHashHex = hash } };

        var approval = PairingApproval.Of(request);

        Assert.Equal((checkCode, hash, "high", request.ExpiresAt), (approval.CheckCode, approval.TranscriptHashHex, approval.Risk, approval.ExpiresAt));
    }

    [Theory]
    [InlineData("00000000000000000000000000000000ffffffffffffffffffffffffffffffff")]
    [InlineData("ffffffffffffffffffffffffffffffff00000000000000000000000000000000")]
    public void IsEmpty_HalfOfTheFingerprintIsZero_IsNotEmpty(string text) => Assert.False(CertificateFingerprint.Parse(text).IsEmpty);

    public void Dispose() => _sessions.Dispose();

    private static PairingCompletion Completion { get; } = new()
    {
        Version = 2,
        SessionId = NodeRuntimes.Session(1),
        DeviceId = DeviceA,
        ClientKind = new string('n', 64),
        Code = new string('1', 256),
        SigningPublic = new byte[65],
        AgreementPublic = new byte[65],
        ChallengeSignature = new byte[64],
        TranscriptMac = new byte[32],
        CertificateRequest = Array.Empty<byte>(),
    };

    private static IPAddress? Address(string? text) => text is null ? null : IPAddress.Parse(text);

    private PairingSessionId Open(double minutes = 0)
    {
        var id = _sessions.NewId(Minutes(minutes));
        Assert.True(_sessions.Open(id, ClientKind.Node, Handshakes.Pin(), Minutes(minutes)).IsOk);
        return id;
    }

    private sealed class CountedKeys : IPairingSuite
    {
        internal int Live { get; private set; }

        public uint ProtocolVersion => 2;

        public IPairingAgreement NewAgreement()
        {
            Live++;
            return new Key(this);
        }

        public bool ProvesPossession(ReadOnlySpan<byte> certificateRequest) => false;

        public bool VerifySignature(ReadOnlySpan<byte> signingPublic, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) => false;

        private sealed class Key(CountedKeys keys) : IPairingAgreement
        {
            public ReadOnlyMemory<byte> Public { get; } = new byte[65];

            public byte[]? DeriveMac(ReadOnlySpan<byte> otherPublic, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> context) => null;

            public void Dispose() => keys.Live--;
        }
    }
}
