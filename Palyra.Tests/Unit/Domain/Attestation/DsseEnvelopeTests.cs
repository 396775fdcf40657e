using System.Text;
using Palyra.Domain.Attestation;

namespace Palyra.Tests.Unit.Domain.Attestation;

public class DsseEnvelopeTests
{
    [Fact]
    public void ToJson_Envelope_ReadsBackTheSame()
    {
        var envelope = new DsseEnvelope("type", "body"u8.ToArray(), [new DsseSignature("first", new byte[] { 1 }), new DsseSignature("", new byte[] { 2, 3 })]);
        Assert.True(DsseEnvelope.TryParse(envelope.ToJson(), out var read));
        Assert.Equal(("type", "body"), (read.PayloadType, Encoding.ASCII.GetString(read.Payload.Span)));
        Assert.Equal(
            envelope.Signatures.Select(signature => (signature.KeyId, Convert.ToHexString(signature.Signature.Span))),
            read.Signatures.Select(signature => (signature.KeyId, Convert.ToHexString(signature.Signature.Span))));
    }

    [Theory]
    [InlineData(DsseEnvelope.MaxBytes, true)]
    [InlineData(DsseEnvelope.MaxBytes + 1, false)]
    public void TryParse_AtAndOverTheLongestEnvelope(int bytes, bool read) => Assert.Equal(read, TryParse(Json().PadRight(bytes)));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(DsseEnvelope.MaxSignatures, true)]
    [InlineData(DsseEnvelope.MaxSignatures + 1, false)]
    public void TryParse_AtAndOverTheMostSignatures(int count, bool read) => Assert.Equal(read, TryParse(Json(signatures: count)));

    [Theory]
    [InlineData(0, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void TryParse_AtAndOverTheLongestKeyId(int length, bool read) => Assert.Equal(read, TryParse(Json(keyId: new string('k', length))));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void TryParse_AtAndOverTheLongestSignature(int bytes, bool read) => Assert.Equal(read, TryParse(Json(signature: Convert.ToBase64String(new byte[bytes]))));

    [Theory]
    [InlineData("", "")]
    [InlineData("aA==", "68")]
    [InlineData("aA", "68")]
    [InlineData("aGk=", "6869")]
    [InlineData("aGk", "6869")]
    [InlineData("aGkh", "686921")]
    [InlineData("+/8=", "FBFF")]
    [InlineData("-_8", "FBFF")]
    public void TryParse_StandardOrUrlSafeBase64_PaddedOrNot_Reads(string payload, string hex)
    {
        Assert.True(DsseEnvelope.TryParse(Encoding.UTF8.GetBytes(Json(payload: payload)), out var envelope));
        Assert.Equal(hex, Convert.ToHexString(envelope.Payload.Span));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("aGk==")]
    [InlineData("a*k=")]
    public void TryParse_NoBase64_Refuses(string payload) => Assert.False(TryParse(Json(payload: payload)));

    [Theory]
    [InlineData("\"payload\":\"aGk=\"")]
    [InlineData("\"payloadType\":\"other\"")]
    [InlineData("\"signatures\":[]")]
    public void TryParse_MemberTwice_Refuses(string member) => Assert.False(TryParse($"{Json()[..^1]},{member}}}"));

    [Fact]
    public void Envelope_OfMoreSignaturesThanAllowed_CannotBeMade()
    {
        var signature = new DsseSignature("k", new byte[] { 1 });
        Assert.Equal(16, new DsseEnvelope("t", default, [.. Enumerable.Repeat(signature, 16)]).Signatures.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DsseEnvelope("t", default, [.. Enumerable.Repeat(signature, 17)]));
    }

    private static bool TryParse(string json)
    {
        var parsed = DsseEnvelope.TryParse(Encoding.UTF8.GetBytes(json), out var envelope);
        Assert.Equal(parsed, envelope is not null);
        return parsed;
    }

    private static string Json(string payload = "aGk=", string keyId = "k", string signature = "AQ==", int signatures = 1) =>
        $$"""{"payload":"{{payload}}","payloadType":"t","signatures":[{{string.Join(',', Enumerable.Repeat($$"""{"keyid":"{{keyId}}","sig":"{{signature}}"}""", signatures))}}]}""";

    [Fact]
    public void TryParse_MemberTwice_IsRefused()
    {
        var json = Encoding.UTF8.GetString(new DsseEnvelope(DsseEnvelope.AttestationPayloadType, "{}"u8.ToArray(), [new DsseSignature("ci", new byte[8])]).ToJson());
        var doubled = json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "\"payloadType\":\"text/plain\",");
        Assert.True(DsseEnvelope.TryParse(Encoding.UTF8.GetBytes(json), out _));
        Assert.False(DsseEnvelope.TryParse(Encoding.UTF8.GetBytes(doubled), out _));
    }

    [Fact]
    public void PreAuthenticationEncoding_NoType_IsToldWhichArgument() =>
        Assert.Throws<ArgumentNullException>("payloadType", () => DsseEnvelope.PreAuthenticationEncoding(null!, []));
}
