using System.Security.Cryptography.X509Certificates;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>How certificates are checked here: by what is at hand. They name places to fetch issuers and revocation lists from, which nobody judged.</summary>
internal static class OfflineChain
{
    /// <summary>A policy that fetches nothing.</summary>
    internal static X509ChainPolicy Policy(X509ChainTrustMode trust) => new()
    {
        TrustMode = trust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}
