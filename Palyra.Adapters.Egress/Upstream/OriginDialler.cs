using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>Why no connection to an origin came about.</summary>
internal enum DialFailure
{
    /// <summary>Nobody answered at any of the addresses.</summary>
    Unreachable,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>TLS failed, most often because the certificate is not one for the judged host.</summary>
    Tls,

    /// <summary>The socket's peer was not the address that was dialled.</summary>
    WrongPeer,
}

/// <summary>A connection, or why there is none.</summary>
internal readonly record struct Dialled(OriginConnection? Connection, DialFailure Failure);

/// <summary>
/// Connects to the addresses of a verdict and to nothing else: by address, never by name, without any proxy of the environment. TLS is verified
/// against the judged host without fetching anything over the network.
/// </summary>
internal sealed class OriginDialler(TimeSpan timeout, X509Certificate2Collection additionalRoots)
{
    private static readonly TimeSpan LeastShare = TimeSpan.FromSeconds(2);
    private static readonly List<SslApplicationProtocol> Http11 = [SslApplicationProtocol.Http11];

    /// <summary>Hears of every address before it is dialled: for tests that prove which ones are.</summary>
    internal Action<IPEndPoint>? Dialling { get; set; }

    /// <summary>Connects; a tunnel stays without TLS, which the worker makes itself.</summary>
    internal async ValueTask<Dialled> DialAsync(EgressVerdict verdict, CancellationToken cancelled)
    {
        var target = verdict.Target!;
        var began = Stopwatch.GetTimestamp();
        var failure = DialFailure.Unreachable;
        for (var i = 0; i < verdict.Addresses.Length; i++)
        {
            var address = verdict.Addresses[i];
            using var limit = new DialLimit(Share(timeout - Stopwatch.GetElapsedTime(began), verdict.Addresses.Length - i), cancelled);
            Socket? socket = null;
            try
            {
                var endPoint = new IPEndPoint(address.ToIPAddress(), target.Port);
                Dialling?.Invoke(endPoint);
                socket = NewSocket(address);
                await ConnectAsync(socket, endPoint, limit).ConfigureAwait(false);
                if (!IsPeer(socket, address, target.Port))
                {
                    socket.Dispose();
                    return new Dialled(null, DialFailure.WrongPeer);
                }

                Stream stream = new NetworkStream(socket, ownsSocket: true);
                WireStream? wire = null;
                if (target.Scheme == EgressScheme.Https && !target.IsTunnel)
                {
                    wire = new WireStream(stream);
                    stream = await SecureAsync(wire, target.Host, limit.Token).ConfigureAwait(false);
                }

                return new Dialled(new OriginConnection(OriginPool.KeyOf(target, address), socket, stream, wire), default);
            }
            catch (Exception) when (limit.IsOver)
            {
                socket?.Dispose();
                failure = DialFailure.TimedOut;
                if (cancelled.IsCancellationRequested)
                {
                    return new Dialled(null, failure);
                }
            }
            catch (AuthenticationException)
            {
                socket?.Dispose();
                return new Dialled(null, DialFailure.Tls);
            }
            catch (Exception refused) when (refused is SocketException or IOException)
            {
                socket?.Dispose();
                failure = refused is IOException ? DialFailure.Tls : DialFailure.Unreachable;
            }
        }

        return new Dialled(null, failure);
    }

    /// <summary>
    /// The time for the next address: an equal part of what is left, so that one that stays silent does not use up that of the others, but enough for one
    /// that is far away.
    /// </summary>
    internal static TimeSpan Share(TimeSpan left, int addresses)
    {
        var share = left / addresses > LeastShare ? left / addresses : LeastShare;
        return left <= TimeSpan.Zero ? TimeSpan.Zero : share < left ? share : left;
    }

    private static async ValueTask ConnectAsync(Socket socket, IPEndPoint endPoint, DialLimit limit)
    {
        var connecting = socket.ConnectAsync(endPoint, CancellationToken.None);
        if (connecting.IsCompletedSuccessfully)
        {
            // Near origins are connected at once: they need no timer.
            connecting.GetAwaiter().GetResult();
            return;
        }

        using var cut = limit.Token.UnsafeRegister(static waiting => ((Socket)waiting!).Dispose(), socket);
        await connecting.ConfigureAwait(false);
    }

    /// <summary>Whether a connected socket's peer is the address and port that were judged, byte for byte.</summary>
    internal static bool IsPeer(Socket socket, InternetAddress address, int port) =>
        socket.RemoteEndPoint is IPEndPoint peer && peer.Port == port && InternetAddress.From(peer.Address) == address;

    private static Socket NewSocket(InternetAddress address)
    {
        var family = address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (family == AddressFamily.InterNetworkV6)
            {
                // A mapped address must not silently become an IPv4 connection.
                socket.DualMode = false;
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<Stream> SecureAsync(Stream stream, string host, CancellationToken cancelled)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ApplicationProtocols = Http11,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    CertificateChainPolicy = OfflineChain.Policy(X509ChainTrustMode.System),
                    RemoteCertificateValidationCallback = additionalRoots.Count == 0 ? null : IsTrusted,
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

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // The additional roots help against an unknown issuer only, never against a wrong name or a missing certificate.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var again = new X509Chain { ChainPolicy = OfflineChain.Policy(X509ChainTrustMode.CustomRootTrust) };
        again.ChainPolicy.CustomTrustStore.AddRange(additionalRoots);
        again.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        if (chain is not null)
        {
            foreach (var element in chain.ChainElements)
            {
                again.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        return again.Build(leaf);
    }

    /// <summary>The time that dialling one address may take, its timer made only when something has to be waited for.</summary>
    private sealed class DialLimit(TimeSpan timeout, CancellationToken cancelled) : IDisposable
    {
        private CancellationTokenSource? _source;

        internal CancellationToken Token
        {
            get
            {
                if (_source is null)
                {
                    _source = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
                    _source.CancelAfter(timeout);
                }

                return _source.Token;
            }
        }

        internal bool IsOver => _source is { IsCancellationRequested: true };

        public void Dispose() => _source?.Dispose();
    }
}
