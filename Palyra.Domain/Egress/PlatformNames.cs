using System.Collections.Frozen;

namespace Palyra.Domain.Egress;

/// <summary>Names of platform endpoints: blocked under every policy, before anything is resolved.</summary>
public static class PlatformNames
{
    /// <summary>The names, in lower case.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.Create(StringComparer.Ordinal, "metadata.google.internal", "metadata", "instance-data");
}
