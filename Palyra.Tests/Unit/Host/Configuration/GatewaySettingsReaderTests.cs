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
        { "an origin with a path", Credential("x-a", "a/b", "https://api/v1"), ":1: tools.t.credentials[0].origins holds 'https://api/v1'" },
        { "a header that carries no secret", Credential("x-forwarded-for", "a/b", "https://api"), "tools.t.credentials[0].header is 'x-forwarded-for'" },
        { "a vault path without a scope", Credential("x-a", "b", "https://api"), "tools.t.credentials[0].vault is 'b'" },
        { "two credentials under one header", Two("x-a-b", "x-a_b"), "tools.t.credentials cannot go to https://api:443 together" },
        { "a host of a tool with a wildcard", "{\"tools\":{\"t\":{\"egress\":{\"allowed_hosts\":[\"*.a\"]}}}}", "tools.t.egress.allowed_hosts holds '*.a'" },
        { "a domain of the limits with a scheme", "{\n\"egress_limits\":{\n\"allowed_dns_suffixes\":[\"https://a\"]}}", ":3: egress_limits.allowed_dns_suffixes holds 'https://a'" },
        { "a port of the limits that is none", "{\"egress_limits\":{\"allowed_ports\":[443,65536]}}", "egress_limits.allowed_ports must be a list of ports" },
        { "a setting given twice", "{\"write_through\":true,\n\"write_through\":false}", ":2: write_through is set a second time" },
        { "a section given twice", "{\"fleet\":{},\n\"fleet\":{}}", ":2: fleet is set a second time" },
        { "a tool given twice", "{\"tools\":{\"t\":{},\n\"t\":{}}}", ":2: tools.t is set a second time" },
        { "a limit of a tool given twice", "{\"tools\":{\"t\":{\"egress\":{\"allow_tunnels\":false,\"allow_tunnels\":true}}}}", "tools.t.egress.allow_tunnels is set 2 times" },
        { "half a surrogate pair", "{\"state_root\":\"\\ud800\"}", "palyra.json: " },
        { "a state root that is no path", "{\"state_root\":\"a\\u0000b\"}", "state_root must be a path" },
    };

    private static string Credential(string header, string vault, string origin) =>
        $$$"""{"tools":{"t":{"credentials":[{"header":"{{{header}}}","vault":"{{{vault}}}","origins":["{{{origin}}}"]}]} } }""";

    private static string Two(string one, string other) => $$$"""
        {"tools":{"t":{"credentials":[
          {"header":"{{{one}}}","vault":"a/b","origins":["https://api"]}, {"header":"{{{other}}}","vault":"a/c","origins":["https://api"]}]} } }
        """;

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

    [Theory]
    [InlineData("[443, 8443]")]
    [InlineData("[\"443\", 8443]")]
    public void Read_PortsOfATool_AreThoseOfTheLimitsToo(string ports)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("palyra.json");
        File.WriteAllText(file, $$"""{ "egress_limits": { "allowed_ports": {{ports}} }, "tools": { "t": { "egress": { "allowed_ports": {{ports}} } } } }""");

        var (settings, errors) = GatewaySettingsReader.Read(file, [], [], folder.Root);

        Assert.Empty(errors);
        Assert.Equal([443, 8443], settings.FleetEgress.AllowedPorts!);
        Assert.Equal([443, 8443], settings.Tools["t"].Egress!.AllowedPorts!);
    }

    [Fact]
    public void Read_PortsOfAVariable_AreSeparatedByCommas()
    {
        var (settings, errors) = GatewaySettingsReader.Read(null, [new("PALYRA_EGRESS_LIMITS__ALLOWED_PORTS", "443, 8443")], [], Path.GetTempPath());

        Assert.Empty(errors);
        Assert.Equal([443, 8443], settings.FleetEgress.AllowedPorts!);
    }

    [Fact]
    public void WhatNeedsARestart_EverythingButThePolicies_IsNamed()
    {
        var (started, _) = GatewaySettingsReader.Read(null, [], [], Path.GetTempPath());
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("palyra.json"), """
            {
              "state_root": "elsewhere", "node_rpc": "127.0.0.1:1", "egress": "127.0.0.1:2", "server_names": ["gw"], "write_through": true, "stop_grace_ms": 1,
              "networked_workers": { "enabled": false }, "fleet": { "max_ttl_ms": 1 }, "egress_limits": { "allow_tunnels": false }, "tools": { "t": {} }
            }
            """);
        var (changed, _) = GatewaySettingsReader.Read(folder.File("palyra.json"), [], [], Path.GetTempPath());

        Assert.Empty(started.WhatNeedsARestart(started));
        Assert.Equal(
            ["state_root", "node_rpc", "egress", "server_names", "write_through", "stop_grace_ms", "networked_workers.enabled"], started.WhatNeedsARestart(changed));
    }
}
