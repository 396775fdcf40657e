using System.Text.Json;
using Palyra.Host.Admin;

namespace Palyra.Host.Configuration;

/// <summary>
/// The state root that a gateway started here would use: <c>PALYRA_STATE_ROOT</c>, else the <c>state_root</c> of the settings file (<c>PALYRA_CONFIG</c>, else
/// <c>palyra.json</c> in this folder), else the user's own. So the commands of an operator find the gateway that was started in the same place.
/// </summary>
internal static class ConfiguredStateRoot
{
    /// <summary>The settings file that is read when no flag names one; absent when there is none.</summary>
    internal static string? SettingsFile() => Environment.GetEnvironmentVariable("PALYRA_CONFIG") is { Length: > 0 } named
        ? named
        : File.Exists("palyra.json") ? Path.GetFullPath("palyra.json") : null;

    internal static string Find()
    {
        if (Environment.GetEnvironmentVariable("PALYRA_STATE_ROOT") is { Length: > 0 } || SettingsFile() is not { } file)
        {
            return AdminAddress.DefaultStateRoot();
        }

        // What is wrong with the file is the gateway's to complain about.
        var settings = new List<Setting>();
        Configuration.SettingsFile.Read(file, settings, []);
        return settings.LastOrDefault(setting => setting.Name == "state_root" && setting.Value.ValueKind == JsonValueKind.String)?.Value.GetString() is { Length: > 0 } root
            ? root
            : AdminAddress.DefaultStateRoot();
    }
}
