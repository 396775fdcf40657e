using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary>The built-in capabilities under every name they answer to: <c>echo</c>, <c>tool:echo</c>, and for two of them <c>tool:palyra.echo</c> and <c>tool:palyra.sleep</c>.</summary>
internal static class CapabilitySet
{
    /// <summary>Adds capabilities to what a node offers.</summary>
    internal static CapabilityHandlers Add(this CapabilityHandlers handlers, IEnumerable<INodeCapability> capabilities)
    {
        foreach (var capability in capabilities)
        {
            handlers.Add(capability.Name, capability).Add("tool:" + capability.Name, capability);
            if (capability is EchoCapability or SleepCapability)
            {
                handlers.Add("tool:palyra." + capability.Name, capability);
            }
        }

        return handlers;
    }

    /// <summary>The names under which tools are leased, for an attestation.</summary>
    internal static IReadOnlyList<string> ToolNames(this CapabilityHandlers handlers) =>
        [.. handlers.Names.Where(name => name.StartsWith("tool:", StringComparison.Ordinal))];
}
