using System.Text.Json;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Host.Configuration;

/// <summary>Prints settings under the names they are read by. They hold no secret: keys are named by files, credentials by vault paths.</summary>
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
        WriteTexts(json, "signer_key_ids", fleet.TrustedSigners.Select(signer => signer.KeyId));
        json.WriteStartObject("attestation");
        json.WriteBoolean("require_egress_proxy", fleet.Attestation.RequireEgressProxy);
        json.WriteString("image_digest_sha256", fleet.Attestation.ImageDigest);
        json.WriteString("build_digest_sha256", fleet.Attestation.BuildDigest);
        json.WriteString("artifact_digest_sha256", fleet.Attestation.ArtifactDigest);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, ToolDefinition tool)
    {
        json.WriteStartObject(tool.Name);
        json.WriteBoolean("demands_networked_worker", tool.Posture.DemandsNetworkedWorker);
        json.WriteBoolean("idempotent", tool.Idempotent);
        if (tool.Egress is { } egress)
        {
            json.WriteStartObject("egress");
            WriteEgress(json, egress);
            json.WriteEndObject();
        }

        WriteTexts(json, "credentials", tool.Credentials.Select(binding => binding.ToString()));
        json.WriteEndObject();
    }

    private static void WriteEgress(Utf8JsonWriter json, EgressPolicyOptions egress)
    {
        WriteTexts(json, "allowed_hosts", egress.AllowedHosts);
        WriteTexts(json, "allowed_dns_suffixes", egress.AllowedDnsSuffixes);
        json.WriteBoolean("allow_any_host", egress.AllowAnyHost);
        json.WriteBoolean("allow_private_targets", egress.AllowPrivateTargets);
        json.WriteStartArray("allowed_ports");
        foreach (var port in egress.AllowedPorts ?? [80, 443])
        {
            json.WriteNumberValue(port);
        }

        json.WriteEndArray();
        json.WriteNumber("max_response_bytes", egress.MaxResponseBytes);
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
