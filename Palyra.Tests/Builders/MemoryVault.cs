using Palyra.Domain.Egress.Credentials;

namespace Palyra.Tests.Builders;

/// <summary>A vault with a few secrets in memory.</summary>
internal sealed class MemoryVault : ISecretVault
{
    internal Dictionary<string, string> Secrets { get; } = [];

    internal bool IsBroken { get; set; }

    public ValueTask<VaultSecret?> FetchAsync(SecretReference reference, CancellationToken cancellationToken) => IsBroken
        ? throw new SecretVaultException(SecretVaultFailure.Sealed, "Sealed on purpose.")
        : new(Secrets.TryGetValue(reference.Path, out var secret) ? new VaultSecret(System.Text.Encoding.Latin1.GetBytes(secret)) : null);
}
