using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>
/// Calls to the server. No redirect is followed, since the token would go along; no proxy of the environment is used; an answer is at most 1 MiB.
/// </summary>
internal sealed class KeyValueConnection : IDisposable
{
    private const int MaxAnswerBytes = 1 << 20;

    private readonly KeyValueVaultOptions _options;
    private readonly string _base;
    private readonly HttpMessageInvoker _http;

    internal KeyValueConnection(KeyValueVaultOptions options)
    {
        _options = options;
        _base = options.Address.AbsoluteUri.TrimEnd('/') + "/v1/";
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = options.Timeout,
        });
    }

    /// <summary>One call. The path is already percent-encoded.</summary>
    /// <exception cref="SecretVaultException">The server was not reached, not in time, or answered 5xx or a redirect.</exception>
    internal async ValueTask<KeyValueAnswer> CallAsync(HttpMethod method, string path, VaultSecret? token, byte[]? body, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Timeout);
        try
        {
            using var request = Request(method, path, token, body);
            using var response = await _http.SendAsync(request, patience.Token).ConfigureAwait(false);
            var answer = await ReadAsync(response, patience.Token).ConfigureAwait(false);
            if (Failure(answer) is { } failure)
            {
                answer.Dispose();
                throw failure;
            }

            return answer;
        }
        catch (HttpRequestException failure)
        {
            throw new SecretVaultException(SecretVaultFailure.Unavailable, $"The vault server cannot be reached: {failure.HttpRequestError}.");
        }
        catch (IOException)
        {
            throw new SecretVaultException(SecretVaultFailure.Unavailable, "The vault server broke off its answer.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SecretVaultException(SecretVaultFailure.Unavailable, "The vault server took too long.");
        }
    }

    /// <summary>A body of text members.</summary>
    internal static byte[] Body(string name, string text, string secretName, VaultSecret secret)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString(name, text);
            json.WriteString(secretName, secret.Value.Span);
            json.WriteEndObject();
        }

        var body = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return body;
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, VaultSecret? token, byte[]? body)
    {
        var request = new HttpRequestMessage(method, _base + path) { Content = body is null ? null : new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
        if (_options.Namespace.Length > 0)
        {
            request.Headers.Add("X-Vault-Namespace", _options.Namespace);
        }

        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", Encoding.ASCII.GetString(token.Value.Span));
        }

        return request;
    }

    private static async ValueTask<KeyValueAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                length += read;
                if (read == 0)
                {
                    return new KeyValueAnswer(response.StatusCode, buffer, length);
                }

                if (length > MaxAnswerBytes)
                {
                    throw new SecretVaultException(SecretVaultFailure.Malformed, "The vault server's answer is larger than 1 MiB.");
                }

                if (length == buffer.Length)
                {
                    var grown = new byte[buffer.Length * 2];
                    buffer.CopyTo(grown, 0);
                    CryptographicOperations.ZeroMemory(buffer);
                    buffer = grown;
                }
            }
        }
        catch
        {
            CryptographicOperations.ZeroMemory(buffer);
            throw;
        }
    }

    private static SecretVaultException? Failure(KeyValueAnswer answer) => (int)answer.Status switch
    {
        503 when answer.SaysSealed => new(SecretVaultFailure.Sealed, "The vault server is sealed or not initialised."),
        >= 500 or 429 => new(SecretVaultFailure.Unavailable, $"The vault server answered {(int)answer.Status}."),
        >= 300 and < 400 => new(SecretVaultFailure.Refused, "The vault server redirects; the address has to be that of the active server."),
        _ => null,
    };
}
