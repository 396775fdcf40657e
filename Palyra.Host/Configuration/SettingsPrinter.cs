using System.Text.Json;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;

namespace Palyra.Host.Configuration;

/// <summary>
/// Prints settings as <c>palyra.json</c> holds them: what is printed reads back as the same. They hold no secret: keys are named by files, credentials by
/// vault paths.
/// </summary>
internal static class SettingsPrinter
{
    internal static void Write(Utf8JsonWriter json, GatewaySettings settings)
    {
        json.WriteString("state_root", settings.StateRoot);
        json.WriteString("node_rpc", settings.NodeRpc.ToString());
        json.WriteString("egress", settings.Egress.ToString());
        WriteTexts(json, "server_names", settings.ServerNames);
        json.WriteBoolean("write_through", settings.WriteThrough);
        json.WriteNumber("stop_grace_ms", (long)settings.StopGrace.TotalMilliseconds);
        json.WriteStartObject("networked_workers");
        json.WriteBoolean("enabled", settings.NetworkedWorkersEnabled);
        json.WriteEndObject();
        WriteFleet(json, settings);
        json.WriteStartObject("egress_limits");
        WriteEgress(json, settings.FleetEgress);
        json.WriteEndObject();
        json.WriteStartObject("tools");
        foreach (var tool in settings.Tools.Values.OrderBy(tool => tool.Name, StringComparer.Ordinal))
        {
            WriteTool(json, tool);
        }

        json.WriteEndObject();
    }

    private static void WriteFleet(Utf8JsonWriter json, GatewaySettings settings)
    {
        var fleet = settings.Fleet;
        json.WriteStartObject("fleet");
        json.WriteNumber("max_ttl_ms", fleet.MaxTtlMs);
        json.WriteNumber("heartbeat_timeout_ms", fleet.HeartbeatTimeoutMs);
        json.WriteNumber("max_workers", fleet.MaxWorkers);
        WriteTexts(json, "trusted_capabilities", fleet.TrustedCapabilities);
        json.WriteBoolean("allow_unsigned_attestations", fleet.AllowUnsignedAttestations);
        json.WriteNumber("signer_threshold", fleet.SignerThreshold);
        WriteTextIfSet(json, "required_capability_authority_sha256", fleet.RequiredCapabilityAuthority);
        json.WriteStartArray("signers");
        foreach (var (signer, file) in fleet.TrustedSigners.Zip(settings.SignerFiles))
        {
            json.WriteStartObject();
            json.WriteString("key_id", signer.KeyId);
            json.WriteString("public_key_file", file);
            WriteTextsIfSet(json, "image_digests", signer.ImageDigests);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("attestation");
        json.WriteBoolean("require_egress_proxy", fleet.Attestation.RequireEgressProxy);
        WriteTextIfSet(json, "image_digest_sha256", fleet.Attestation.ImageDigest);
        WriteTextIfSet(json, "build_digest_sha256", fleet.Attestation.BuildDigest);
        WriteTextIfSet(json, "artifact_digest_sha256", fleet.Attestation.ArtifactDigest);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, ToolDefinition tool)
    {
        json.WriteStartObject(tool.Name);
        json.WriteStartObject("posture");
        WriteTextIfSet(json, "minimum_isolation", tool.Posture.MinimumIsolation == IsolationTier.Unspecified ? null : ToolSettings.NameOf(tool.Posture.MinimumIsolation));
        json.WriteBoolean("network_egress", tool.Posture.NetworkEgress);
        json.WriteBoolean("secrets", tool.Posture.Secrets);
        json.WriteBoolean("spawns_from_untrusted_input", tool.Posture.SpawnsFromUntrustedInput);
        json.WriteEndObject();
        json.WriteBoolean("idempotent", tool.Idempotent);
        if (tool.Egress is { } egress)
        {
            json.WriteStartObject("egress");
            WriteEgress(json, egress);
            json.WriteEndObject();
        }

        json.WriteStartArray("credentials");
        foreach (var credential in tool.Credentials)
        {
            json.WriteStartObject();
            json.WriteString("header", credential.HeaderName);
            json.WriteString("vault", credential.Secret.Path);
            json.WriteBoolean("required", credential.Required);
            WriteTexts(json, "origins", credential.AllowedOrigins.Select(origin => origin.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEgress(Utf8JsonWriter json, EgressPolicyOptions egress)
    {
        WriteTexts(json, "allowed_hosts", egress.AllowedHosts);
        WriteTexts(json, "allowed_dns_suffixes", egress.AllowedDnsSuffixes);
        json.WriteBoolean("allow_any_host", egress.AllowAnyHost);
        json.WriteBoolean("allow_private_targets", egress.AllowPrivateTargets);
        json.WriteBoolean("allow_tunnels", egress.AllowTunnels);
        json.WriteBoolean("allow_opaque_tunnels", egress.AllowOpaqueTunnels);
        WriteTextsIfSet(json, "allowed_methods", egress.AllowedMethods);
        json.WriteStartArray("allowed_ports");
        foreach (var port in egress.AllowedPorts ?? [80, 443])
        {
            json.WriteNumberValue(port);
        }

        json.WriteEndArray();
        json.WriteNumber("max_response_bytes", egress.MaxResponseBytes);
    }

    private static void WriteTextIfSet(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteTextsIfSet(Utf8JsonWriter json, string name, IEnumerable<string>? texts)
    {
        if (texts is not null)
        {
            WriteTexts(json, name, texts);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
