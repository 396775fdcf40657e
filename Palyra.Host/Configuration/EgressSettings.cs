using Palyra.Domain.Egress.Policies;

namespace Palyra.Host.Configuration;

/// <summary>Reads a policy of egress: that of a tool, or the limits that no tool may exceed. Both have the same members.</summary>
internal static class EgressSettings
{
    /// <param name="members">The section.</param>
    /// <param name="anyHost">Whether any host may be reached when the section does not say.</param>
    internal static EgressPolicyOptions Read(ISettingMembers members, bool anyHost) => new()
    {
        AllowedHosts = Usable(members, "allowed_hosts", static hosts => new EgressPolicyOptions { AllowedHosts = hosts }),
        AllowedDnsSuffixes = Usable(members, "allowed_dns_suffixes", static suffixes => new EgressPolicyOptions { AllowedDnsSuffixes = suffixes }),
        AllowAnyHost = members.Flag("allow_any_host", anyHost),
        AllowPrivateTargets = members.Flag("allow_private_targets", false),
        AllowTunnels = members.Flag("allow_tunnels", true),
        AllowOpaqueTunnels = members.Flag("allow_opaque_tunnels", false),
        AllowedPorts = members.Ports("allowed_ports"),
        AllowedMethods = members.Texts("allowed_methods"),
        MaxResponseBytes = members.Number("max_response_bytes", EgressPolicyOptions.DefaultMaxResponseBytes, 1, 1L << 40),
    };

    // An entry that matches nothing is a limit that somebody believes to hold.
    private static IReadOnlyList<string> Usable(ISettingMembers members, string name, Func<IReadOnlyList<string>, EgressPolicyOptions> policy)
    {
        var entries = members.Texts(name) ?? [];
        foreach (var entry in EgressPolicy.Compile(policy(entries)).UnusableEntries)
        {
            members.Complain(name, $"holds '{entry}', which would match nothing; names stand without scheme, port and wildcard.");
        }

        return entries;
    }
}
