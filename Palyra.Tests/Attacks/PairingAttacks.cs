using System.Text.Json;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>
/// Attacks on the handshake. The input names what the attacker changes of an otherwise honest completion; what it does not name is honest.
/// </summary>
public sealed class PairingAttacks : IDisposable
{
    private const string Code = "123456";
    private readonly PairingSessions _sessions = new(P256PairingSuite.Instance, new TestEntropy());
    private readonly DeviceUnderPairing _device = new(Identities.DeviceA);
    private readonly DeviceUnderPairing _other = new(Identities.DeviceA);

    public static TheoryData<string> Cases() => AttackCase.Of("pairing");

    public void Dispose()
    {
        _sessions.Dispose();
        _device.Dispose();
        _other.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attack_IsRefusedWithItsCode(string id)
    {
        var attack = AttackCase.Load("pairing", id);
        var (mine, theirs) = (Handshakes.Begin(_sessions, Identities.Start), Handshakes.Begin(_sessions, Identities.Start));
        var now = Identities.Start.AddMilliseconds(Number(attack.Input, "after_ms"));
        var completion = Compose(attack.Input, mine, theirs);
        if (Flag(attack.Input, "completed_before"))
        {
            Assert.True(Judge(_device.Answer(mine, Code).Completion, attack.Input, Identities.Start).IsOk);
        }

        var refusal = Judge(completion, attack.Input, now).Refusal;
        Assert.Equal(attack.ExpectedRefusal, refusal?.Code);
        Assert.DoesNotContain(Code, refusal!.ToString(), StringComparison.Ordinal);
    }

    private Palyra.Domain.Results.Result<CompletedHandshake> Judge(PairingCompletion completion, JsonElement input, Palyra.Domain.Time.UnixTime now) =>
        _sessions.Complete(completion, !Flag(input, "code_withdrawn"), device => Flag(input, "device_revoked") && device == Identities.DeviceA, now);

    private PairingCompletion Compose(JsonElement input, PairingChallenge mine, PairingChallenge theirs)
    {
        var answered = Text(input, "answers") == "other_session" ? theirs : mine;
        var code = Text(input, "code_signed") ?? Code;
        var good = _device.Answer(answered, code, Request(Text(input, "certificate_request"))).Completion;
        var foreign = _other.Answer(mine, Code).Completion;
        var otherSession = _device.Answer(theirs, Code).Completion;
        return good with
        {
            Version = input.TryGetProperty("version", out var version) ? version.GetUInt32() : 2,
            SessionId = Text(input, "session") == "unknown" ? new PairingSessionId(Identities.Device(9).Value) : mine.SessionId,
            DeviceId = Text(input, "device") == "other" ? Identities.DeviceB : good.DeviceId,
            ClientKind = Text(input, "client_kind") ?? good.ClientKind,
            Code = Text(input, "code_sent") ?? code,
            SigningPublic = Bytes(Text(input, "signing_public"), good.SigningPublic, foreign.SigningPublic, otherSession.SigningPublic),
            AgreementPublic = Bytes(Text(input, "agreement_public"), good.AgreementPublic, foreign.AgreementPublic, otherSession.AgreementPublic),
            ChallengeSignature = Bytes(Text(input, "signature"), good.ChallengeSignature, foreign.ChallengeSignature, otherSession.ChallengeSignature),
            TranscriptMac = Bytes(Text(input, "mac"), good.TranscriptMac, foreign.TranscriptMac, otherSession.TranscriptMac),
            CertificateRequest = Text(input, "certificate_request_sent") == "swapped" ? SigningRequests.P256() : good.CertificateRequest,
        };
    }

    private static byte[]? Request(string? kind) => kind switch
    {
        null => null,
        "without_possession" => SigningRequests.WithoutPossession(),
        "p384" => SigningRequests.P384(),
        "rsa" => SigningRequests.Rsa(),
        "explicit_curve" => SigningRequests.ExplicitCurve(),
        "garbage" => [0x30, 0x82, 0xff, 0xff],
        "empty" => [],
        "trailing_bytes" => [.. SigningRequests.P256(), 0],
        "oversized" => new byte[PairingCompletion.MaxCertificateRequestLength + 1],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static ReadOnlyMemory<byte> Bytes(string? kind, ReadOnlyMemory<byte> honest, ReadOnlyMemory<byte> foreign, ReadOnlyMemory<byte> otherSession) => kind switch
    {
        null => honest,
        "other_key" => foreign,
        "other_session" => otherSession,
        "empty" => ReadOnlyMemory<byte>.Empty,
        "zeros" => new byte[honest.Length],
        "truncated" => honest[..^1],
        "oversized" => new byte[honest.Length + 1],
        "bit_flipped" => honest.ToArray().Select((value, i) => i == honest.Length / 2 ? (byte)(value ^ 1) : value).ToArray(),
        "compressed" => new byte[] { 2 }.Concat(honest.ToArray()[1..33]).ToArray(),
        "off_curve" => new byte[] { 4 }.Concat(Enumerable.Repeat((byte)1, 64)).ToArray(),
        "beyond_the_field" => new byte[] { 4 }.Concat(Enumerable.Repeat((byte)0xff, 64)).ToArray(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string? Text(JsonElement input, string name) => input.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long Number(JsonElement input, string name) => input.TryGetProperty(name, out var value) ? value.GetInt64() : 0;

    private static bool Flag(JsonElement input, string name) => input.TryGetProperty(name, out var value) && value.GetBoolean();
}
