using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>How to log in to the vault server. Credentials are asked for when they are needed and cleared after use.</summary>
public abstract record KeyValueLogin
{
    private KeyValueLogin() { }

    /// <summary>A token that somebody else made. It is renewed as long as the server lets it be, and cannot be replaced once it lapsed.</summary>
    /// <param name="Read">Gives the token.</param>
    public sealed record Token(Func<VaultSecret> Read) : KeyValueLogin;

    /// <summary>The AppRole method: a role id and a secret id are exchanged for a token, again whenever it lapsed.</summary>
    /// <param name="RoleId">The role's id; not a secret.</param>
    /// <param name="ReadSecretId">Gives the secret id.</param>
    /// <param name="Mount">Where the method is mounted.</param>
    public sealed record AppRole(string RoleId, Func<VaultSecret> ReadSecretId, string Mount = "approle") : KeyValueLogin;
}
