using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Palyra.Host.CommandLine;
using Palyra.Host.Configuration;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Host.Configuration;

public sealed class SettingsPrinterTests
{
    [Fact]
    public void Write_EverythingSet_ShowsAllOfItAndReadsBack()
    {
        using var folder = new TemporaryFolder();
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            File.WriteAllText(folder.File("signer.pub"), key.ExportSubjectPublicKeyInfoPem());
        }

        var everything = $$"""
            {
              "state_root": "{{folder.Root}}", "node_rpc": "127.0.0.1:1", "egress": "127.0.0.1:2", "server_names": ["gw"], "write_through": true, "stop_grace_ms": 7,
              "networked_workers": { "enabled": false },
              "fleet": {
                "max_ttl_ms": 1, "heartbeat_timeout_ms": 101, "max_workers": 2, "trusted_capabilities": ["tool:a"], "allow_unsigned_attestations": true,
                "signer_threshold": 1, "required_capability_authority_sha256": "aa",
                "signers": [{ "key_id": "build", "public_key_file": "{{folder.File("signer.pub")}}", "image_digests": ["bb"] }],
                "attestation": { "require_egress_proxy": false, "image_digest_sha256": "cc", "build_digest_sha256": "dd", "artifact_digest_sha256": "ee" }
              },
              "egress_limits": {
                "allowed_hosts": ["a"], "allowed_dns_suffixes": ["b"], "allow_any_host": false, "allow_private_targets": true, "allow_tunnels": false,
                "allow_opaque_tunnels": true, "allowed_methods": ["GET"], "allowed_ports": [1], "max_response_bytes": 3
              },
              "tools": { "t": {
                "posture": { "minimum_isolation": "remote_worker", "network_egress": true, "secrets": true, "spawns_from_untrusted_input": true },
                "idempotent": true,
                "egress": {
                  "allowed_hosts": ["c"], "allowed_dns_suffixes": ["d"], "allow_any_host": true, "allow_private_targets": true, "allow_tunnels": false,
                  "allow_opaque_tunnels": true, "allowed_methods": ["PUT"], "allowed_ports": [2], "max_response_bytes": 4
                },
                "credentials": [{ "header": "x-a", "vault": "a/b", "required": false, "origins": ["http://c:2"] }]
              } }
            }
            """;

        var printed = Print(folder, everything);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(everything), JsonNode.Parse(printed)), printed);
        Assert.Equal(printed, Print(folder, printed));
    }

    [Fact]
    public void Write_NothingSet_ReadsBack()
    {
        using var folder = new TemporaryFolder();
        var printed = Print(folder, "{}");

        Assert.Equal(printed, Print(folder, printed));
    }

    private static string Print(TemporaryFolder folder, string settings)
    {
        File.WriteAllText(folder.File("palyra.json"), settings);
        var (read, errors) = GatewaySettingsReader.Read(folder.File("palyra.json"), [], [], folder.Root);
        Assert.Empty(errors);
        return JsonLine.Format(json => SettingsPrinter.Write(json, read));
    }
}
