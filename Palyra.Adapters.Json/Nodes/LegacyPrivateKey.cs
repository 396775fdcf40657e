using System.Diagnostics;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>A private key found in an older file, on its way into the secret store.</summary>
[DebuggerDisplay("private key of {Session}")]
internal sealed class LegacyPrivateKey(PairingSessionId session, string pem)
{
    internal PairingSessionId Session { get; } = session;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal string Pem { get; } = pem;

    /// <summary>The entry it gets in the secret store.</summary>
    internal string EntryName => $"node-runtime/pairing/{Session}/mtls_client_private_key_pem";
}
