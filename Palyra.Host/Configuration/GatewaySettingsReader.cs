using System.Security.Cryptography;
using System.Text.Json;
using Palyra.Domain.Attestation;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Fleet;

namespace Palyra.Host.Configuration;

/// <summary>
/// Reads a gateway's settings: <c>palyra.json</c>, then <c>PALYRA_…</c> variables (<c>PALYRA_FLEET__MAX_TTL_MS</c> is <c>fleet.max_ttl_ms</c>), then flags;
/// the last one wins. All mistakes come at once, each with file and line, variable or flag.
/// </summary>
internal static class GatewaySettingsReader
{
    private const string Prefix = "PALYRA_";

    /// <summary>Variables of that prefix that belong to other commands.</summary>
    private static readonly string[] NotSettings = ["PALYRA_CONFIG", "PALYRA_NODE_HOME"];

    internal static (GatewaySettings Settings, IReadOnlyList<string> Errors) Read(
        string? file, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<Setting> flags, string defaultStateRoot)
    {
        var settings = new List<Setting>();
        var errors = new List<string>();
        if (file is not null)
        {
            SettingsFile.Read(file, settings, errors);
        }

        settings.AddRange(environment
            .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal) && !NotSettings.Contains(variable.Key))
            .Select(variable => new Setting(
                variable.Key[Prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal),
                JsonSerializer.SerializeToElement(variable.Value, SettingsJson.Default.String), variable.Key)));
        settings.AddRange(flags);
        var reader = new SettingsReader(settings);
        var read = Read(reader, defaultStateRoot);
        reader.RefuseUnknown();
        errors.AddRange(reader.Errors);
        return (read, errors);
    }

    private static GatewaySettings Read(SettingsReader reader, string defaultStateRoot) => new()
    {
        StateRoot = Path.GetFullPath(reader.Text("state_root", defaultStateRoot)!),
        NodeRpc = reader.Endpoint("node_rpc", "127.0.0.1:7143"),
        Egress = reader.Endpoint("egress", "127.0.0.1:7144"),
        ServerNames = reader.Texts("server_names", []),
        WriteThrough = reader.Flag("write_through", false),
        StopGrace = TimeSpan.FromMilliseconds(reader.Number("stop_grace_ms", 20_000, 0, 600_000)),
        NetworkedWorkersEnabled = reader.Flag("networked_workers.enabled", true),
        Fleet = ReadFleet(reader),
        FleetEgress = new EgressPolicyOptions
        {
            AllowedHosts = reader.Texts("egress_limits.allowed_hosts", []),
            AllowedDnsSuffixes = reader.Texts("egress_limits.allowed_dns_suffixes", []),
            AllowAnyHost = reader.Flag("egress_limits.allow_any_host", true),
            AllowPrivateTargets = reader.Flag("egress_limits.allow_private_targets", false),
            AllowedPorts = ToolSettings.Ports(reader, "egress_limits.allowed_ports"),
            MaxResponseBytes = reader.Number("egress_limits.max_response_bytes", EgressPolicyOptions.DefaultMaxResponseBytes, 1, 1L << 40),
        },
        Tools = ToolSettings.Read(reader),
    };

    private static WorkerFleetPolicy ReadFleet(SettingsReader reader)
    {
        var byDefault = new WorkerFleetPolicy();
        return byDefault with
        {
            MaxTtlMs = (ulong)reader.Number("fleet.max_ttl_ms", (long)byDefault.MaxTtlMs, 1, 86_400_000),
            HeartbeatTimeoutMs = (ulong)reader.Number("fleet.heartbeat_timeout_ms", (long)byDefault.HeartbeatTimeoutMs, 100, 86_400_000),
            TrustedCapabilities = reader.Texts("fleet.trusted_capabilities", byDefault.TrustedCapabilities),
            RequiredCapabilityAuthority = reader.Text("fleet.required_capability_authority_sha256", null),
            MaxWorkers = (int)reader.Number("fleet.max_workers", byDefault.MaxWorkers, 1, 10_000_000),
            AllowUnsignedAttestations = reader.Flag("fleet.allow_unsigned_attestations", false),
            SignerThreshold = (int)reader.Number("fleet.signer_threshold", 1, 1, 100),
            TrustedSigners = ReadSigners(reader),
            Attestation = new AttestationExpectation
            {
                RequireEgressProxy = reader.Flag("fleet.attestation.require_egress_proxy", true),
                ImageDigest = reader.Text("fleet.attestation.image_digest_sha256", null),
                BuildDigest = reader.Text("fleet.attestation.build_digest_sha256", null),
                ArtifactDigest = reader.Text("fleet.attestation.artifact_digest_sha256", null),
            },
        };
    }

    private static List<TrustedSigner> ReadSigners(SettingsReader reader)
    {
        var signers = new List<TrustedSigner>();
        if (reader.Raw("fleet.signers") is not { } setting)
        {
            return signers;
        }

        if (setting.Value.ValueKind != JsonValueKind.Array)
        {
            reader.Errors.Add($"{setting.Origin}: fleet.signers must be a list of {{key_id, public_key_file}}.");
            return signers;
        }

        foreach (var (value, at) in setting.Value.EnumerateArray().Select((value, at) => (value, at)))
        {
            var one = new SettingsObject(value, $"fleet.signers[{at}]", message => reader.Errors.Add($"{setting.Origin}: {message}"));
            var (keyId, file, digests) = (one.Text("key_id"), one.Text("public_key_file"), one.Texts("image_digests"));
            one.RefuseUnknown();
            if (keyId is null || file is null)
            {
                reader.Errors.Add($"{setting.Origin}: every signer has a key_id and a public_key_file.");
                continue;
            }

            try
            {
                signers.Add(new TrustedSigner { KeyId = keyId, PublicKey = ReadPublicKey(file), ImageDigests = digests });
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                reader.Errors.Add($"{setting.Origin}: signer {keyId}: {file} is not a readable PEM public key (ECDSA P-256 or RSA).");
            }
        }

        return signers;
    }

    private static byte[] ReadPublicKey(string file)
    {
        var pem = File.ReadAllText(file);
        var fields = PemEncoding.Find(pem);
        return pem.AsSpan(fields.Label) is "PUBLIC KEY" ? Convert.FromBase64String(pem[fields.Base64Data]) : throw new CryptographicException("Not a public key.");
    }
}
