using Microsoft.Extensions.Options;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>A HashiCorp Vault or OpenBao server with a KV version 2 engine.</summary>
public sealed record KeyValueVaultOptions
{
    /// <summary>The server's base address: https, or http on loopback only.</summary>
    public required Uri Address { get; init; }

    /// <summary>How to log in.</summary>
    public required KeyValueLogin Login { get; init; }

    /// <summary>Where the KV engine is mounted.</summary>
    public string Mount { get; init; } = "secret";

    /// <summary>The namespace, sent as <c>X-Vault-Namespace</c>: visible ASCII without blanks; empty for none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The field of an entry that holds the secret; a reference <c>scope/key#field</c> names another one.</summary>
    public string Field { get; init; } = "value";

    /// <summary>How long a value is kept in memory, at most an hour; zero keeps nothing.</summary>
    public TimeSpan CacheFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one call to the server may take, at most an hour.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        if (!Address.IsAbsoluteUri || (Address.Scheme != Uri.UriSchemeHttps && !(Address.Scheme == Uri.UriSchemeHttp && Address.IsLoopback))
            || Address.UserInfo.Length > 0 || Address.Query.Length > 0)
        {
            problems.Add("A vault server is reached by an https address (http on loopback only) without userinfo and query.");
        }

        if (!IsMount(Mount) || Field.Length == 0 || (Login is KeyValueLogin.AppRole role && (!IsMount(role.Mount) || role.RoleId.Length == 0)))
        {
            problems.Add("A mount is one or more path segments, a field and a role id are not empty.");
        }

        if (Namespace.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            problems.Add("A namespace is visible ASCII without blanks.");
        }

        if (Timeout <= TimeSpan.Zero || Timeout > SecretCache.MaxKeepFor || CacheFor < TimeSpan.Zero || CacheFor > SecretCache.MaxKeepFor)
        {
            problems.Add("Timeout is a positive time and CacheFor a time from zero on, both of at most an hour.");
        }

        return problems;
    }

    internal void ThrowIfInvalid()
    {
        if (Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }

    /// <summary>The options of a host as its container asks for them: refused, all mistakes named, when one does not hold.</summary>
    internal sealed class Factory(KeyValueVaultOptions options) : IOptionsFactory<KeyValueVaultOptions>
    {
        public KeyValueVaultOptions Create(string name) => options.Problems() is { Count: > 0 } problems
            ? throw new OptionsValidationException(name, typeof(KeyValueVaultOptions), problems)
            : options;
    }

    private static bool IsMount(string mount) => mount.Length > 0 && mount.Split('/').All(segment =>
        segment is not ("" or "." or "..") && segment.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.'));
}
