using System.Text.Json;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;

namespace Palyra.Host.Configuration;

/// <summary>Reads the <c>tools</c> of <c>palyra.json</c>.</summary>
internal static class ToolSettings
{
    private static readonly HashSet<string> Members = ["posture", "idempotent", "egress", "credentials"];

    internal static Dictionary<string, ToolDefinition> Read(SettingsReader reader)
    {
        var tools = new Dictionary<string, ToolDefinition>(StringComparer.Ordinal);
        if (reader.Raw("tools") is not { } setting)
        {
            return tools;
        }

        if (setting.Value.ValueKind != JsonValueKind.Object)
        {
            reader.Errors.Add($"{setting.Origin}: tools must be an object, one member a tool.");
            return tools;
        }

        foreach (var tool in setting.Value.EnumerateObject())
        {
            if (tool.Value.ValueKind != JsonValueKind.Object || tool.Value.EnumerateObject().Any(member => !Members.Contains(member.Name)))
            {
                reader.Errors.Add($"{setting.Origin}: tools.{tool.Name} must be an object of {string.Join(", ", Members)}.");
                continue;
            }

            tools[tool.Name] = ReadTool(tool.Name, tool.Value, message => reader.Errors.Add($"{setting.Origin}: tools.{tool.Name}: {message}"));
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

    internal static string? Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    internal static string[]? Texts(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Array && member.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. member.EnumerateArray().Select(item => item.GetString()!)]
            : null;

    private static ToolDefinition ReadTool(string name, JsonElement tool, Action<string> complain)
    {
        var posture = tool.TryGetProperty("posture", out var given) ? ReadPosture(given, complain) : default;
        return new ToolDefinition
        {
            Name = name,
            Posture = posture,
            Idempotent = Flag(tool, "idempotent"),
            Egress = tool.TryGetProperty("egress", out var egress) ? ReadEgress(egress) : null,
            Credentials = tool.TryGetProperty("credentials", out var credentials) ? ReadCredentials(credentials, complain) : [],
        };
    }

    private static ToolPosture ReadPosture(JsonElement value, Action<string> complain)
    {
        var minimum = Text(value, "minimum_isolation") switch
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
            complain("minimum_isolation must be host_process, process_sandbox, container or remote_worker.");
        }

        return new ToolPosture
        {
            MinimumIsolation = minimum ?? IsolationTier.Unspecified,
            NetworkEgress = Flag(value, "network_egress"),
            Secrets = Flag(value, "secrets"),
            SpawnsFromUntrustedInput = Flag(value, "spawns_from_untrusted_input"),
        };
    }

    private static EgressPolicyOptions ReadEgress(JsonElement value) => new()
    {
        AllowedHosts = Texts(value, "allowed_hosts") ?? [],
        AllowedDnsSuffixes = Texts(value, "allowed_dns_suffixes") ?? [],
        AllowAnyHost = Flag(value, "allow_any_host"),
        AllowPrivateTargets = Flag(value, "allow_private_targets"),
        AllowedPorts = value.TryGetProperty("allowed_ports", out var ports) && ports.ValueKind == JsonValueKind.Array
            ? [.. ports.EnumerateArray().Select(port => port.TryGetInt32(out var number) ? number : 0)]
            : null,
        AllowedMethods = Texts(value, "allowed_methods"),
        MaxResponseBytes = value.TryGetProperty("max_response_bytes", out var bytes) && bytes.TryGetInt64(out var most) ? most : EgressPolicyOptions.DefaultMaxResponseBytes,
    };

    private static List<CredentialBinding> ReadCredentials(JsonElement list, Action<string> complain)
    {
        var bindings = new List<CredentialBinding>();
        foreach (var one in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [])
        {
            if (Text(one, "header") is not { } header || Text(one, "vault") is not { } path || Texts(one, "origins") is not { Length: > 0 } origins)
            {
                complain("every credential has a header, a vault path scope/key, and origins.");
                continue;
            }

            bindings.Add(new CredentialBinding(header, SecretReference.Vault(path), !one.TryGetProperty("required", out _) || Flag(one, "required"), origins));
        }

        return bindings;
    }

    private static bool Flag(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.True;
}
