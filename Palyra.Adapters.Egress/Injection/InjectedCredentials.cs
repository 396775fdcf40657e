using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Injection;

/// <summary>The credentials of one request, fetched and checked; or why the request is denied. Disposing clears every secret.</summary>
internal sealed class InjectedCredentials : IDisposable
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
    internal static async ValueTask<InjectedCredentials> FetchAsync(EgressTarget target, ISecretVault? vault, ILogger log, CancellationToken cancelled)
    {
        var credentials = new InjectedCredentials();
        try
        {
            foreach (var binding in target.CredentialBindings)
            {
                // The same credential bound to a header twice goes out once; two different ones were denied.
                if (!credentials.Names.Contains(binding.HeaderName))
                {
                    credentials.Names.Add(binding.HeaderName);
                    credentials.Add(binding, await TryFetchAsync(binding, vault, log, cancelled).ConfigureAwait(false));
                }
            }
        }
        catch
        {
            credentials.Dispose();
            throw;
        }

        if (credentials.Denial is null && credentials._headers.Count > 0)
        {
            credentials.Scrubber = SecretForms.Scrubber(credentials._headers.Select(header => header.Secret.Value.ToArray()));
        }

        return credentials;
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

    private void Add(CredentialBinding binding, VaultSecret? secret)
    {
        if (secret is not null)
        {
            _headers.Add((binding.HeaderName, secret));
        }

        if (secret is null && binding.Required)
        {
            Denial ??= new EgressDenial.CredentialMissing(binding.HeaderName);
        }
        else if (secret is not null && !CredentialText.IsInjectable(secret.Value.Span))
        {
            Denial ??= new EgressDenial.CredentialValue(binding.HeaderName);
        }
    }

    private static async ValueTask<VaultSecret?> TryFetchAsync(CredentialBinding binding, ISecretVault? vault, ILogger log, CancellationToken cancelled)
    {
        try
        {
            return vault is null ? null : await vault.FetchAsync(binding.Secret, cancelled).ConfigureAwait(false);
        }
        catch (SecretVaultException failure)
        {
            // A vault that cannot be asked has no secret to give.
            ProxyLog.VaultFailed(log, failure.Failure, failure);
            return null;
        }
    }
}
