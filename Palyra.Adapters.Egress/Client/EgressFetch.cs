using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Client;

/// <summary>
/// A worker's way out: HTTP/1.1 in absolute form through the egress proxy, <c>https</c> URLs included, which <see cref="HttpClient"/> would tunnel and so keep
/// the proxy from injecting credentials. One connection a request; strict about what comes back, and bounded. Thread-safe.
/// </summary>
public sealed class EgressFetch
{
    private readonly EgressFetchOptions _options;
    private readonly string _host;
    private readonly int _port;

    /// <summary>A client for one proxy.</summary>
    /// <exception cref="ArgumentException">The proxy is not <c>host:port</c>, a limit is not positive, or a client certificate comes without a CA.</exception>
    public EgressFetch(EgressFetchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var colon = options.ProxyAuthority.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(options.ProxyAuthority.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out _port) || _port is 0 or > 65535)
        {
            throw new ArgumentException("The proxy is not given as host:port.", nameof(options));
        }

        if (options.Timeout <= TimeSpan.Zero || options.MaxBodyBytes <= 0)
        {
            throw new ArgumentException("Timeout and MaxBodyBytes are positive.", nameof(options));
        }

        if (options.ProxyAuthorityCertificate is null && options.ClientCertificate is not null)
        {
            throw new ArgumentException("A client certificate is shown inside TLS, which needs ProxyAuthorityCertificate.", nameof(options));
        }

        _host = options.ProxyAuthority[..colon].Trim('[', ']');
        _options = options;
    }

    /// <summary>Sends a request and reads its answer whole.</summary>
    /// <exception cref="EgressFetchException">There is no answer; its code says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<EgressFetchAnswer> FetchAsync(EgressFetchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var head = EgressFetchHead.Of(request, _options.Token);
        return ExchangeAsync(head, request.Body, request.Method == "HEAD", cancellationToken);
    }

    /// <summary>
    /// Proves to the proxy, by a handshake with the device's certificate, that this worker reaches the world through it. Needed before the worker registers as
    /// bound to the proxy; the proof is fresh for ten minutes, and every later request renews it.
    /// </summary>
    /// <returns>Whether the proxy knows the device.</returns>
    /// <exception cref="EgressFetchException">There is no answer; its code says why.</exception>
    public async ValueTask<bool> ProveAsync(CancellationToken cancellationToken)
    {
        var head = Encoding.ASCII.GetBytes($"OPTIONS * HTTP/1.1\r\nHost: {_options.ProxyAuthority}\r\nConnection: close\r\n\r\n");
        var answer = await ExchangeAsync(head, default, toHead: false, cancellationToken).ConfigureAwait(false);
        return answer.Status == 204;
    }

    private async ValueTask<EgressFetchAnswer> ExchangeAsync(byte[] head, ReadOnlyMemory<byte> body, bool toHead, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        if (_options.ProxyAuthorityCertificate is null && !IsLoopback)
        {
            throw new EgressFetchException("egress.client.untrusted", "Without a CA to know it by, a proxy is spoken to on loopback only.");
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_host, _port, limit.Token).ConfigureAwait(false);
            using var cut = limit.Token.UnsafeRegister(static connection => ((Socket)connection!).Dispose(), socket);
            await using var stream = await SecureAsync(new NetworkStream(socket), limit.Token).ConfigureAwait(false);
            await stream.WriteAsync(head, limit.Token).ConfigureAwait(false);
            var sending = SendBodyAsync(stream, body, limit.Token);
            using var reader = new EgressFetchReader(stream, _options.MaxBodyBytes);
            var answer = await reader.ReadAsync(toHead).ConfigureAwait(false);
            socket.Dispose();
            await sending.ConfigureAwait(false);
            return answer;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception slow) when (limit.IsCancellationRequested)
        {
            throw new EgressFetchException("egress.client.timeout", "The fetch took too long.", slow);
        }
        catch (AuthenticationException untrusted)
        {
            throw new EgressFetchException("egress.client.untrusted", "The proxy is not the gateway's, or it did not accept this device.", untrusted);
        }
        catch (SocketException unreachable)
        {
            throw new EgressFetchException("egress.client.unreachable", "The proxy could not be reached.", unreachable);
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException)
        {
            throw new EgressFetchException("egress.client.cut", "The proxy cut the connection before the answer was whole.", cut);
        }
    }

    private bool IsLoopback => _host == "localhost" || (IPAddress.TryParse(_host, out var address) && IPAddress.IsLoopback(address));

    private static async Task SendBodyAsync(Stream stream, ReadOnlyMemory<byte> body, CancellationToken cancelled)
    {
        try
        {
            if (!body.IsEmpty)
            {
                await stream.WriteAsync(body, cancelled).ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or SocketException or OperationCanceledException)
        {
            // The answer came before the body was wanted, or none comes: reading says which.
        }
    }

    private async ValueTask<Stream> SecureAsync(Stream stream, CancellationToken cancelled)
    {
        if (_options.ProxyAuthorityCertificate is not { } authority)
        {
            return stream;
        }

        var tls = new SslStream(stream);
        var policy = OfflineChain.Policy(X509ChainTrustMode.CustomRootTrust);
        policy.CustomTrustStore.Add(authority);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = _options.ProxyServerName,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    CertificateChainPolicy = policy,
                    ClientCertificates = _options.ClientCertificate is { } certificate ? [certificate] : null,
                    LocalCertificateSelectionCallback = _options.ClientCertificate is { } shown ? (_, _, _, _, _) => shown : null,
                },
                cancelled).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
