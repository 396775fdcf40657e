namespace Palyra.Domain.Egress.Credentials;

/// <summary>Where injected secrets come from. Asked per request; implementations may keep values for a short while. Thread-safe.</summary>
public interface ISecretVault
{
    /// <summary>Fetches a secret; the caller disposes it, which clears it.</summary>
    /// <returns>The secret, or <see langword="null"/> when the vault has none of that name, or the name is no vault path.</returns>
    /// <exception cref="SecretVaultException">The vault cannot be asked: unreachable, sealed, or it refused. A required secret then counts as missing.</exception>
    ValueTask<VaultSecret?> FetchAsync(SecretReference reference, CancellationToken cancellationToken);
}
