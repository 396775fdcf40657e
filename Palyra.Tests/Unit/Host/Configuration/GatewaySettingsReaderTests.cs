using Palyra.Host.Configuration;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Host.Configuration;

public sealed class GatewaySettingsReaderTests
{
    /// <summary>Sentence → file → what the complaint must hold.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "not JSON", "{\n  \"node_rpc\": ,\n}", ":2: not valid JSON" },
        { "no object", "[1]", "expected one JSON object" },
        { "two objects", "{}\n{}", "not valid JSON" },
        { "an unknown setting", "{\n\"stat_root\": \"x\"}", ":2: there is no setting stat_root" },
        { "a text for a number", "{\"fleet\":{\"max_ttl_ms\":\"long\"}}", "fleet.max_ttl_ms must be a whole number" },
        { "an endpoint without a port", "{\"egress\":\"127.0.0.1\"}", "egress must be an address and port" },
        { "a list of numbers", "{\"server_names\":[1]}", "server_names must be a list of texts" },
        { "a signer without a key", "{\"fleet\":{\"signers\":[{\"key_id\":\"a\"}]}}", "every signer has" },
        { "a signer whose key is not there", "{\"fleet\":{\"signers\":[{\"key_id\":\"a\",\"public_key_file\":\"/nowhere\"}]}}", "signer a: /nowhere" },
        { "an unknown member of a tool", "{\"tools\":{\"t\":{\"egres\":{}}}}", "there is no setting tools.t.egres" },
        { "tools that are no object", "{\"tools\":1}", "tools must be an object" },
        { "a tool that is no object", "{\n\"tools\":{\n\"a.b\":1}}", ":3: tools.a.b must be an object" },
        { "a misspelt limit of a tool", "{\"tools\":{\"t\":{\"egress\":{\n\"max_response_byte\":1}}}}", "there is no setting tools.t.egress.max_response_byte" },
        { "a limit of a tool that is no number", "{\"tools\":{\"t\":{\"egress\":{\"max_response_bytes\":\"1\"}}}}", "tools.t.egress.max_response_bytes must be" },
        { "a port of a tool that is none", "{\"tools\":{\"t\":{\"egress\":{\"allowed_ports\":[0]}}}}", "tools.t.egress.allowed_ports must be" },
        { "a misspelt posture", "{\"tools\":{\"t\":{\"posture\":{\"secret\":true}}}}", "there is no setting tools.t.posture.secret" },
        { "a flag in quotes", "{\"tools\":{\"t\":{\"posture\":{\"secrets\":\"true\"}}}}", "tools.t.posture.secrets must be true or false" },
        { "a misspelt restriction of a signer", "{\"fleet\":{\"signers\":[{\"key_id\":\"a\",\"public_key_file\":\"/nowhere\",\"image_digest\":[\"x\"]}]}}", "there is no setting fleet.signers[0].image_digest" },
        { "an unknown isolation", "{\"tools\":{\"t\":{\"posture\":{\"minimum_isolation\":\"moon\"}}}}", "minimum_isolation must be" },
        { "a credential without origins", "{\"tools\":{\"t\":{\"credentials\":[{\"header\":\"x-a\",\"vault\":\"a/b\"}]}}}", "every credential has" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Read_Mistake_IsToldWithItsPlace(string sentence, string content, string complaint)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("palyra.json");
        File.WriteAllText(file, content);

        var (_, errors) = GatewaySettingsReader.Read(file, [], [], folder.Root);

        Assert.True(errors.Any(error => error.StartsWith(file, StringComparison.Ordinal) && error.Contains(complaint, StringComparison.Ordinal)), $"{sentence}: {string.Join(" | ", errors)}");
    }

    [Fact]
    public void Read_NothingSet_GivesTheDefaults()
    {
        var (settings, errors) = GatewaySettingsReader.Read(null, [], [], Path.GetTempPath());

        Assert.Empty(errors);
        Assert.True(settings.Fleet is { MaxTtlMs: 900_000, HeartbeatTimeoutMs: 30_000, AllowUnsignedAttestations: false, Attestation.RequireEgressProxy: true });
        Assert.Empty(settings.Tools);
        Assert.True(settings.NodeRpc.Address.Equals(System.Net.IPAddress.Loopback) && settings.Egress.Address.Equals(System.Net.IPAddress.Loopback));
    }

    [Fact]
    public void Read_Tool_DemandsAWorkerUnlessItsPostureIsHarmless()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("palyra.json");
        File.WriteAllText(file, """{"tools":{"a":{},"b":{"posture":{"minimum_isolation":"process_sandbox"},"idempotent":true}}}""");

        var (settings, errors) = GatewaySettingsReader.Read(file, [], [], folder.Root);

        Assert.Empty(errors);
        Assert.True(settings.Tools["a"].Posture.DemandsNetworkedWorker);
        Assert.False(settings.Tools["b"].Posture.DemandsNetworkedWorker);
        Assert.True(settings.Tools["b"].Idempotent);
    }
}
