using System.Text.Json;

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

    private static GatewaySettings Read(SettingsReader reader, string defaultStateRoot)
    {
        var signers = SignerSettings.Read(reader);
        return new GatewaySettings
        {
            StateRoot = ReadStateRoot(reader, defaultStateRoot),
            NodeRpc = reader.Endpoint("node_rpc", "127.0.0.1:7143"),
            Egress = reader.Endpoint("egress", "127.0.0.1:7144"),
            ServerNames = reader.Texts("server_names", []),
            WriteThrough = reader.Flag("write_through", false),
            StopGrace = TimeSpan.FromMilliseconds(reader.Number("stop_grace_ms", 20_000, 0, 600_000)),
            NetworkedWorkersEnabled = reader.Flag("networked_workers.enabled", true),
            Fleet = FleetSettings.Read(reader, [.. signers.Select(signer => signer.Signer)]),
            SignerFiles = [.. signers.Select(signer => signer.File)],
            FleetEgress = EgressSettings.Read(reader.Section("egress_limits."), anyHost: true),
            Tools = ToolSettings.Read(reader),
        };
    }

    private static string ReadStateRoot(SettingsReader reader, string otherwise)
    {
        var path = reader.Text("state_root", otherwise)!;
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            reader.Complain("state_root", "must be a path.");
            path = otherwise;
        }

        return Path.GetFullPath(path);
    }
}
