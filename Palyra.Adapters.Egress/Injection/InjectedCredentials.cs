using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>The credentials of one request, fetched and checked; or why the request is denied. Disposing clears every secret.</summary>
internal sealed class Injection : IDisposable
{
    private readonly List<(string Name, VaultSecret Secret)> _headers = [];

    /// <summary>The header names that are bound, in lower case: what the worker sends under them is dropped, whether a secret was found or not.</summary>
    internal List<string> Names { get; } = [];

    /// <summary>The headers to add.</summary>
    internal IReadOnlyList<(string Name, VaultSecret Secret)> Headers => _headers;

    /// <summary>Why the request is denied; <see langword="null"/> when it is not.</summary>
    internal EgressDenial? Denial { get; private set; }

    /// <summary>Removes the secrets from the answer; <see langword="null"/> when none is sent.</summary>
    internal SecretScrubber? Scrubber { get; private set; }

    /// <summary>Fetches what a target's bindings name.</summary>
    internal static async ValueTask<Injection> FetchAsync(EgressTarget target, ISecretVault? vault, CancellationToken cancelled)
    {
        var injection = new Injection();
        foreach (var binding in target.CredentialBindings)
        {
            // The same credential bound to a header twice goes out once; two different ones were denied.
            if (injection.Names.Contains(binding.HeaderName))
            {
                continue;
            }

            injection.Names.Add(binding.HeaderName);
            var secret = await TryFetchAsync(binding, vault, cancelled).ConfigureAwait(false);
            if (secret is null && !binding.Required)
            {
                continue;
            }

            if (secret is null)
            {
                injection.Denial ??= new EgressDenial.CredentialMissing(binding.HeaderName);
                continue;
            }

            injection._headers.Add((binding.HeaderName, secret));
            if (!CredentialText.IsInjectable(secret.Value.Span))
            {
                injection.Denial ??= new EgressDenial.CredentialValue(binding.HeaderName);
            }
        }

        if (injection.Denial is null && injection._headers.Count > 0)
        {
            injection.Scrubber = SecretForms.Scrubber(injection._headers.Select(header => header.Secret.Value.ToArray()));
        }

        return injection;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Scrubber?.Dispose();
        foreach (var (_, secret) in _headers)
        {
            secret.Dispose();
        }

        _headers.Clear();
    }

    private static async ValueTask<VaultSecret?> TryFetchAsync(CredentialBinding binding, ISecretVault? vault, CancellationToken cancelled)
    {
        try
        {
            return vault is null ? null : await vault.FetchAsync(binding.Secret, cancelled).ConfigureAwait(false);
        }
        catch (SecretVaultException)
        {
            // A vault that cannot be asked has no secret to give.
            return null;
        }
    }
}
