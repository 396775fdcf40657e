using System.Text;
using Palyra.Domain.Attestation;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Attestation;

public class AttestationPayloadTests
{
    private static readonly ChallengeNonce Nonce = ChallengeNonce.From(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    [Fact]
    public void ToJson_EveryMemberOfItsOwn_ReadsBackTheSame()
    {
        var attestation = Claims("w-1", Echo, Sleep) with
        {
            CapabilityAuthority = new string('9', 64),
            SdkProtocolVersion = 7,
            WitAbiVersion = "other-abi/v2",
            HeartbeatAt = After(5),
        };
        var read = AttestationPayload.Parse(new AttestationPayload(attestation, Nonce).ToJson()).Value;
        Assert.Equivalent(attestation, read.Attestation, strict: true);
        Assert.Equal(Nonce, read.Challenge);
    }

    [Theory]
    [InlineData("worker_id", "\"w-2\"")]
    [InlineData("egress_proxy_attested", "false")]
    [InlineData("expires_at_unix_ms", "1")]
    public void Parse_MemberTwice_Refuses(string name, string value)
    {
        var json = Encoding.UTF8.GetString(new AttestationPayload(Claims(), Nonce).ToJson());
        var doubled = Encoding.UTF8.GetBytes($"{json[..^1]},\"{name}\":{value}}}");
        Assert.Equal("MalformedPayload", AttestationPayload.Parse(doubled).Refusal?.Code);
    }

    [Fact]
    public void Parse_MemberTwice_IsRefusedWhicheverWouldCount()
    {
        var json = Encoding.UTF8.GetString(new AttestationPayload(Claims("w-1"), null).ToJson());
        var doubled = json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "\"worker_id\":\"w-2\",");
        Assert.True(AttestationPayload.Parse(Encoding.UTF8.GetBytes(json)).IsOk);
        Assert.Equal("MalformedPayload", AttestationPayload.Parse(Encoding.UTF8.GetBytes(doubled)).Refusal?.Code);
    }

    [Fact]
    public void Parse_MoreCapabilitiesThanTheLimit_StillReadsAsTooMany()
    {
        AttestationPayload Parsed(int count) => AttestationPayload.Parse(
            new AttestationPayload(Claims("w-1", [.. Enumerable.Range(0, count).Select(i => $"tool:{i}")]), null).ToJson()).Value;
        Assert.Equal(WorkerAttestation.MaxCapabilities, Parsed(WorkerAttestation.MaxCapabilities).Attestation.SupportedCapabilities.Count);
        Assert.True(Parsed(WorkerAttestation.MaxCapabilities + 9).Attestation.SupportedCapabilities.Count > WorkerAttestation.MaxCapabilities);
    }
}
