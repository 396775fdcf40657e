using Palyra.Adapters.Json.Identity;

namespace Palyra.Host.Gateway;

/// <summary>What lies where in a gateway's state root, beside the files of the node runtime.</summary>
/// <param name="Root">The state root.</param>
internal sealed record GatewayLayout(string Root)
{
    /// <summary>The key that seals the secrets.</summary>
    internal string KeyFile => Path.Combine(Root, "store.key");

    /// <summary>The sealed secrets.</summary>
    internal string Secrets => Path.Combine(Root, "secrets");

    /// <summary>The sealed identity state.</summary>
    internal string Identity => Path.Combine(Root, SealedIdentityStateStore.FileName);

    /// <summary>The audit trail.</summary>
    internal string Audit => Path.Combine(Root, "audit");

    /// <summary>The CA certificate, for nodes to trust.</summary>
    internal string CaFile => Path.Combine(Root, "gateway-ca.pem");
}
