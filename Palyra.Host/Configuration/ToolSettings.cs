using System.Text.Json;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;

namespace Palyra.Host.Configuration;

/// <summary>Reads the <c>tools</c> of <c>palyra.json</c>.</summary>
internal static class ToolSettings
{
    /// <summary>What every tool's name is behind: <c>tools.http.fetch</c>.</summary>
    internal const string Section = "tools";

    private static readonly IsolationTier[] Tiers = [.. Enum.GetValues<IsolationTier>().Where(tier => tier != IsolationTier.Unspecified)];

    /// <summary>A tier as settings name it, e.g. <c>process_sandbox</c>.</summary>
    internal static string NameOf(IsolationTier tier) => JsonNamingPolicy.SnakeCaseLower.ConvertName(tier.ToString());

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
        RefuseConflicts(tool, read.Credentials);
        return read;
    }

    private static EgressPolicyOptions ReadEgress(SettingsObject value)
    {
        var egress = EgressSettings.Read(value, anyHost: false);
        value.RefuseUnknown();
        return egress;
    }

    private static ToolPosture ReadPosture(SettingsObject value)
    {
        var named = value.Text("minimum_isolation");
        var minimum = Array.Find(Tiers, tier => NameOf(tier) == named);
        if (named is not null && minimum == IsolationTier.Unspecified)
        {
            value.Complain($"minimum_isolation must be one of {string.Join(", ", Tiers.Select(NameOf))}.");
        }

        var posture = new ToolPosture
        {
            MinimumIsolation = minimum,
            NetworkEgress = value.Flag("network_egress"),
            Secrets = value.Flag("secrets"),
            SpawnsFromUntrustedInput = value.Flag("spawns_from_untrusted_input"),
        };
        value.RefuseUnknown();
        return posture;
    }

    private static CredentialBinding? ReadCredential(SettingsObject value)
    {
        var (header, path, origins, required) = (value.Text("header"), value.Text("vault"), value.Texts("origins"), value.Flag("required", true));
        value.RefuseUnknown();
        if (header is null || path is null || origins is not { Count: > 0 })
        {
            value.Complain("needs a header, a vault path scope/key, and origins: every credential has them.");
            return null;
        }

        var secret = SecretReference.Vault(path);
        if (!CredentialHeader.IsAllowed(header))
        {
            value.Complain("header", $"is '{header}', which may not carry a secret.");
        }

        if (!secret.IsVaultPath)
        {
            value.Complain("vault", $"is '{path}' and no vault path scope/key.");
        }

        foreach (var origin in origins.Where(origin => !CredentialOrigin.TryParse(origin, out _)))
        {
            value.Complain("origins", $"holds '{origin}', which is no origin [scheme://]host[:port].");
        }

        return new CredentialBinding(header, secret, required, origins);
    }

    /// <summary>Asks the one who will judge every request whether all that is bound to an origin can go there together.</summary>
    private static void RefuseConflicts(SettingsObject tool, IReadOnlyList<CredentialBinding> credentials)
    {
        foreach (var origin in credentials.SelectMany(credential => credential.AllowedOrigins).Distinct())
        {
            var policy = EgressPolicy.Compile(new EgressPolicyOptions { AllowAnyHost = true, AllowPrivateTargets = true, AllowedPorts = [origin.Port] });
            var request = new EgressRequest { Method = "GET", Url = origin.ToString() };
            if (!SessionEgressDecider.JudgeTarget(policy, request, credentials).TryGetTarget(out _, out var verdict)
                && credentials.All(credential => CredentialHeader.IsAllowed(credential.HeaderName))
                && verdict.Denial is EgressDenial.InvalidCredentialHeader)
            {
                tool.Complain("credentials", $"cannot go to {origin} together. {verdict.Message}");
            }
        }
    }
}
