using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;

namespace Palyra.Host.Configuration;

/// <summary>Reads the <c>tools</c> of <c>palyra.json</c>.</summary>
internal static class ToolSettings
{
    /// <summary>What every tool's name is behind: <c>tools.http.fetch</c>.</summary>
    internal const string Section = "tools";

    internal static Dictionary<string, ToolDefinition> Read(SettingsReader reader)
    {
        var tools = new Dictionary<string, ToolDefinition>(StringComparer.Ordinal);
        if (reader.Raw(Section) is { } misshapen)
        {
            reader.Errors.Add($"{misshapen.Origin}: {Section} must be an object, one member a tool.");
        }

        foreach (var (name, setting) in reader.Under(Section + "."))
        {
            tools[name] = ReadTool(name, new SettingsObject(setting.Value, setting.Name, message => reader.Errors.Add($"{setting.Origin}: {message}")));
        }

        return tools;
    }

    internal static IReadOnlyCollection<int>? Ports(SettingsReader reader, string name)
    {
        var texts = reader.Texts(name, ["80", "443"]);
        var ports = texts.Select(text => int.TryParse(text, out var port) && port is > 0 and < 65536 ? port : 0).ToArray();
        if (ports.Contains(0))
        {
            reader.Errors.Add($"{reader.Raw(name)?.Origin}: {name} must be ports from 1 to 65535.");
        }

        return ports;
    }

    private static ToolDefinition ReadTool(string name, SettingsObject tool)
    {
        var read = new ToolDefinition
        {
            Name = name,
            Posture = tool.Object("posture") is { } posture ? ReadPosture(posture) : default,
            Idempotent = tool.Flag("idempotent"),
            Egress = tool.Object("egress") is { } egress ? ReadEgress(egress) : null,
            Credentials = [.. tool.Objects("credentials").Select(ReadCredential).OfType<CredentialBinding>()],
        };
        tool.RefuseUnknown();
        return read;
    }

    private static ToolPosture ReadPosture(SettingsObject value)
    {
        var minimum = value.Text("minimum_isolation") switch
        {
            null => IsolationTier.Unspecified,
            "host_process" => IsolationTier.HostProcess,
            "process_sandbox" => IsolationTier.ProcessSandbox,
            "container" => IsolationTier.Container,
            "remote_worker" => IsolationTier.RemoteWorker,
            _ => (IsolationTier?)null,
        };
        if (minimum is null)
        {
            value.Complain("minimum_isolation must be host_process, process_sandbox, container or remote_worker.");
        }

        var posture = new ToolPosture
        {
            MinimumIsolation = minimum ?? IsolationTier.Unspecified,
            NetworkEgress = value.Flag("network_egress"),
            Secrets = value.Flag("secrets"),
            SpawnsFromUntrustedInput = value.Flag("spawns_from_untrusted_input"),
        };
        value.RefuseUnknown();
        return posture;
    }

    private static EgressPolicyOptions ReadEgress(SettingsObject value)
    {
        var egress = new EgressPolicyOptions
        {
            AllowedHosts = value.Texts("allowed_hosts") ?? [],
            AllowedDnsSuffixes = value.Texts("allowed_dns_suffixes") ?? [],
            AllowAnyHost = value.Flag("allow_any_host"),
            AllowPrivateTargets = value.Flag("allow_private_targets"),
            AllowTunnels = value.Flag("allow_tunnels", true),
            AllowedPorts = value.Ports("allowed_ports"),
            AllowedMethods = value.Texts("allowed_methods"),
            MaxResponseBytes = value.Number("max_response_bytes", EgressPolicyOptions.DefaultMaxResponseBytes, 1, 1L << 40),
        };
        value.RefuseUnknown();
        return egress;
    }

    private static CredentialBinding? ReadCredential(SettingsObject value)
    {
        var (header, path, origins, required) = (value.Text("header"), value.Text("vault"), value.Texts("origins"), value.Flag("required", true));
        value.RefuseUnknown();
        if (header is null || path is null || origins is not { Length: > 0 })
        {
            value.Complain("needs a header, a vault path scope/key, and origins: every credential has them.");
            return null;
        }

        return new CredentialBinding(header, SecretReference.Vault(path), required, origins);
    }
}
