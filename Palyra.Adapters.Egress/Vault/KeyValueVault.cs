using System.Net;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>
/// Secrets from a HashiCorp Vault or OpenBao KV version 2 engine: <c>scope/key</c> is the entry's path, <c>#field</c> at its end names a field other
/// than the configured one.
/// </summary>
/// <remarks>
/// 404 (also of a deleted or destroyed version) means there is no such secret. Every other refusal, an answer that is not the API's, a sealed or
/// unreachable server is a <see cref="SecretVaultException"/>. After a 403 an AppRole logs in again and asks once more.
/// </remarks>
public sealed class KeyValueVault : ISecretVault, IDisposable
{
    private readonly KeyValueVaultOptions _options;
    private readonly KeyValueConnection _connection;
    private readonly KeyValueSession _session;
    private readonly SecretCache _cache;

    /// <summary>A vault server. Nothing is asked before the first secret is.</summary>
    /// <exception cref="ArgumentException">The options name no usable server.</exception>
    public KeyValueVault(KeyValueVaultOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        options.ThrowIfInvalid();
        _options = options;
        _connection = new KeyValueConnection(options);
        _session = new KeyValueSession(_connection, options.Login, clock);
        _cache = new SecretCache(clock, options.CacheFor);
    }

    /// <inheritdoc/>
    public async ValueTask<VaultSecret?> FetchAsync(SecretReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.Kind != SecretKind.Vault || !reference.IsVaultPath)
        {
            return null;
        }

        if (_cache.Find(reference.Path) is { } kept)
        {
            return kept;
        }

        var (path, field) = Split(reference.Path);
        if (!SecretReference.Vault(path).IsVaultPath)
        {
            return null;
        }

        var generation = _cache.Generation;
        using var answer = await AskAsync($"{_options.Mount}/data/{Escape(path)}", cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        var secret = answer.FindText("data", "data", field);
        if (secret is not null)
        {
            _cache.Keep(reference.Path, secret.Value.Span, generation);
        }

        return secret;
    }

    /// <summary>Clears what is kept in memory and closes the connections.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _session.Dispose();
        _connection.Dispose();
    }

    private async ValueTask<KeyValueAnswer> AskAsync(string path, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var token = await _session.TokenAsync(cancellationToken).ConfigureAwait(false);
            var answer = await _connection.CallAsync(HttpMethod.Get, path, token, null, cancellationToken).ConfigureAwait(false);
            if (answer.Status is HttpStatusCode.OK or HttpStatusCode.NotFound)
            {
                return answer;
            }

            var status = (int)answer.Status;
            answer.Dispose();
            var mayRetry = status == 403 && await _session.DropAsync(token, cancellationToken).ConfigureAwait(false);
            if (!mayRetry || attempt > 0)
            {
                throw new SecretVaultException(SecretVaultFailure.Refused, $"The vault server answered {status}.");
            }
        }
    }

    private (string Path, string Field) Split(string reference)
    {
        var hash = reference.LastIndexOf('#');
        var path = hash < 0 ? reference : reference[..hash];
        var field = hash < 0 || hash == reference.Length - 1 ? _options.Field : reference[(hash + 1)..];
        return (path, field);
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
