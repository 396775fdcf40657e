using System.Net;
using System.Security.Cryptography;
using System.Text.Unicode;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>
/// The token of one login: made when first needed, renewed in the background when two thirds of its time or a day are gone, made anew once it lapsed or the
/// server stopped taking it.
/// </summary>
internal sealed class KeyValueSession : IDisposable
{
    private static readonly TimeSpan RetryRenewal = TimeSpan.FromSeconds(10);

    // A token may live for a year, and no timer waits longer than seven weeks.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly KeyValueConnection _connection;
    private readonly KeyValueLogin _login;
    private readonly TimeProvider _clock;
    private readonly ITimer _renewal;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private VaultSecret? _token;
    private TimeSpan _lifetime;
    private long _since;
    private bool _disposed;

    internal KeyValueSession(KeyValueConnection connection, KeyValueLogin login, TimeProvider clock)
    {
        _connection = connection;
        _login = login;
        _clock = clock;
        _renewal = clock.CreateTimer(static session => _ = ((KeyValueSession)session!).RenewInBackgroundAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A copy of the current token, logging in first if there is none. The caller disposes it.</summary>
    internal async ValueTask<VaultSecret> TokenAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is null || IsLapsed)
            {
                await LogInAsync_NeedsTurn(cancellationToken).ConfigureAwait(false);
            }

            return new VaultSecret(_token!.Value.Span);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Drops a token that the server refused, unless it was replaced meanwhile.</summary>
    /// <returns>Whether logging in again can give another one.</returns>
    internal async ValueTask<bool> DropAsync(VaultSecret refused, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is { } token && CryptographicOperations.FixedTimeEquals(token.Value.Span, refused.Value.Span))
            {
                Forget_NeedsTurn();
            }

            return _login is KeyValueLogin.AppRole;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _renewal.Dispose();
        _token?.Dispose();
    }

    private bool IsLapsed => _lifetime > TimeSpan.Zero && _clock.GetElapsedTime(_since) >= _lifetime;

    private async ValueTask LogInAsync_NeedsTurn(CancellationToken cancellationToken)
    {
        Forget_NeedsTurn();
        switch (_login)
        {
            case KeyValueLogin.AppRole role:
                await LogInWithRoleAsync_NeedsTurn(role, cancellationToken).ConfigureAwait(false);
                break;
            case KeyValueLogin.Token given:
                await LookUpTokenAsync_NeedsTurn(given, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async ValueTask LogInWithRoleAsync_NeedsTurn(KeyValueLogin.AppRole role, CancellationToken cancellationToken)
    {
        byte[] body;
        using (var secretId = Read(role.ReadSecretId))
        {
            if (!Utf8.IsValid(secretId.Value.Span))
            {
                throw new SecretVaultException(SecretVaultFailure.Refused, "The secret id for the vault server is no text.");
            }

            body = KeyValueConnection.Body("role_id", role.RoleId, "secret_id", secretId);
        }

        try
        {
            using var answer = await _connection.CallAsync(HttpMethod.Post, $"auth/{role.Mount}/login", null, body, cancellationToken).ConfigureAwait(false);
            ThrowUnlessOk(answer, "The vault server refused the login.");
            var token = answer.FindText("auth", "client_token");
            Keep_NeedsTurn(token, answer.FindNumber("auth", "lease_duration"), answer.FindFlag("auth", "renewable"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private async ValueTask LookUpTokenAsync_NeedsTurn(KeyValueLogin.Token given, CancellationToken cancellationToken)
    {
        var token = Read(given.Read);
        try
        {
            if (!IsToken(token))
            {
                throw new SecretVaultException(
                    SecretVaultFailure.Refused, "The token for the vault server is empty or holds what no token does, such as the end of a line.");
            }

            using var answer = await _connection.CallAsync(HttpMethod.Get, "auth/token/lookup-self", token, null, cancellationToken).ConfigureAwait(false);
            ThrowUnlessOk(answer, "The vault server refused the token.");
            Keep_NeedsTurn(token, answer.FindNumber("data", "ttl"), answer.FindFlag("data", "renewable"));
        }
        catch
        {
            token.Dispose();
            throw;
        }
    }

    private async Task RenewInBackgroundAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_disposed || _token is null || IsLapsed)
            {
                return;
            }

            using var answer = await _connection.CallAsync(HttpMethod.Post, "auth/token/renew-self", _token, "{}"u8.ToArray(), default).ConfigureAwait(false);
            if (answer.Status == HttpStatusCode.OK)
            {
                Start_NeedsTurn(answer.FindNumber("auth", "lease_duration"), answer.FindFlag("auth", "renewable"));
            }
            else if (answer.Status == HttpStatusCode.Forbidden)
            {
                Forget_NeedsTurn();
            }
        }
        catch (SecretVaultException)
        {
            // Not reached or sealed: the token may still be good. Asked again until it lapses; whoever needs it then sees the failure.
            Schedule(RetryRenewal);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Keep_NeedsTurn(VaultSecret? token, long seconds, bool renewable)
    {
        if (token is null || !IsToken(token))
        {
            token?.Dispose();
            throw new SecretVaultException(SecretVaultFailure.Malformed, "The vault server's login answer holds no token.");
        }

        Start_NeedsTurn(seconds, renewable);
        _token = token;
    }

    private void Start_NeedsTurn(long seconds, bool renewable)
    {
        _since = _clock.GetTimestamp();
        _lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 366 * 86_400));
        Schedule(renewable && _lifetime > TimeSpan.Zero ? _lifetime * 2 / 3 : Timeout.InfiniteTimeSpan);
    }

    private void Forget_NeedsTurn()
    {
        Schedule(Timeout.InfiniteTimeSpan);
        _token?.Dispose();
        _token = null;
    }

    private void Schedule(TimeSpan due)
    {
        if (!_disposed)
        {
            _renewal.Change(due < LongestWait ? due : LongestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private static VaultSecret Read(Func<VaultSecret> login)
    {
        try
        {
            return login();
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or SecretStoreException)
        {
            throw new SecretVaultException(SecretVaultFailure.Unavailable, "What to log in to the vault server with cannot be read.", broken);
        }
    }

    private static bool IsToken(VaultSecret token) =>
        token.Value.Length > 0 && !token.Value.Span.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    private static void ThrowUnlessOk(KeyValueAnswer answer, string message)
    {
        if (answer.Status != HttpStatusCode.OK)
        {
            throw new SecretVaultException(SecretVaultFailure.Refused, message);
        }
    }
}
