using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Tests.Unit.Domain.Identity;

public class PairingTranscriptTests
{
    private static readonly PairingSessionId Session = PairingSessionId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    private static readonly DeviceId Device = DeviceId.Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");
    private static readonly byte[] Challenge = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Key = [4, .. Enumerable.Range(0, 64).Select(i => (byte)(i + 100))];
    private static readonly byte[] Key2 = [4, .. Enumerable.Range(0, 64).Select(i => (byte)(i + 30))];

    [Fact]
    public void SignaturePayload_IsLabelThenLengthPrefixedFieldsInOrder()
    {
        var request = "request"u8.ToArray();
        byte[] expected =
        [
            .. "palyra-pairing-v2"u8, .. Field([0, 0, 0, 2]), .. Field("01ARZ3NDEKTSV4RRFFQ69G5FAV"), .. Field(Challenge), .. Field(Key),
            .. Field("01BX5ZZKBKACTAV9WEVGEMMVRZ"), .. Field("node"), .. Field("123456"), .. Field(SHA256.HashData(request)),
        ];
        Assert.Equal(expected, PairingTranscript.SignaturePayload(Session, Challenge, Key, Device, ClientKind.Node, "123456", request));
    }

    [Fact]
    public void Context_IsLabelThenLengthPrefixedFieldsInOrder()
    {
        byte[] expected =
        [
            .. "palyra-mtls-transcript-v2"u8, .. Field("01ARZ3NDEKTSV4RRFFQ69G5FAV"), .. Field([0, 0, 0, 2]), .. Field("01BX5ZZKBKACTAV9WEVGEMMVRZ"),
            .. Field("desktop"), .. Field(Key), .. Field(Key2),
        ];
        Assert.Equal(expected, PairingTranscript.Context(Session, Device, ClientKind.Desktop, Key, Key2));
    }

    [Fact]
    public void Mac_IsHkdfSha256WithTheChallengeAsSalt() => Assert.Equal(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Key, 32, Challenge, "context"u8.ToArray()), PairingTranscript.Mac(Key, Challenge, "context"u8));

    [Fact]
    public void Hash_AndCheckCode_AreOfTheMac()
    {
        var hash = PairingTranscript.Hash("mac"u8);
        Assert.Equal(SHA256.HashData("mac"u8), hash);
        var code = PairingCheckCode.Of(hash);
        Assert.Matches("^[0-9]{6}$", code);
        Assert.Equal(code, PairingCheckCode.OfHex(Convert.ToHexStringLower(hash)));
        Assert.Equal((BinaryPrimitives.ReadUInt64BigEndian(hash) % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture), code);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zz")]
    public void OfHex_NoTranscriptHash_GivesNoCode(string? hex) => Assert.Null(PairingCheckCode.OfHex(hex));

    [Property]
    public bool No_two_inputs_share_a_payload(NonNull<string> code1, NonNull<string> code2, byte[] key1, byte[] key2)
    {
        var same = code1.Get == code2.Get && key1.AsSpan().SequenceEqual(key2);
        return Payload(code1.Get, key1).AsSpan().SequenceEqual(Payload(code2.Get, key2)) == same || !IsText(code1.Get) || !IsText(code2.Get);
    }

    private static byte[] Payload(string code, byte[] key) => PairingTranscript.SignaturePayload(Session, Challenge, key, Device, ClientKind.Node, code, []);

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static byte[] Field(string text) => Field(Encoding.UTF8.GetBytes(text));

    private static byte[] Field(byte[] bytes)
    {
        var field = new byte[bytes.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(field, bytes.Length);
        bytes.CopyTo(field, 4);
        return field;
    }
}
