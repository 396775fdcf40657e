using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Egress.Transport;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>One worker's connection to the proxy: its bytes, its deadlines, and everything that may have to be cut with it.</summary>
internal sealed class ClientConnection : Watched, IDisposable
{
    private const int MaxLingerBytes = 256 * 1024;

    private readonly SslStream? _tls;
    private readonly DeadlineSweep _sweep;
    private OriginConnection? _origin;
    private EgressSession? _session;
    private CancellationTokenRegistration _sessionEnd;
    private string? _abortReason;
    private Func<string?>? _judgeAgain;
    private bool _busy;
    private bool _sparesClient;
    private bool _originTimedOut;
    private bool _hasEndedSending;

    internal ClientConnection(SocketConnection connection, SslStream? tls, DeadlineSweep sweep, ConnectionPlace place)
    {
        _sweep = sweep;
        _tls = tls;
        Socket = connection.Socket;
        Stream = _tls ?? connection.Stream;
        Certificate = tls?.RemoteCertificate as X509Certificate2;
        Input = new ByteInput(Stream);
        Output = new ByteOutput(Stream);
        Place = place;
        sweep.Add(this);
    }

    internal Socket Socket { get; }

    internal Stream Stream { get; }

    /// <summary>The client certificate of the handshake, if the client showed one.</summary>
    internal X509Certificate2? Certificate { get; }

    /// <summary>Where the connection counts.</summary>
    internal ConnectionPlace Place { get; }

    internal ByteInput Input { get; }

    internal ByteOutput Output { get; }

    /// <summary>Why the connection was cut; <see langword="null"/> while it was not.</summary>
    internal string? AbortReason => Volatile.Read(ref _abortReason);

    /// <summary>Whether the origin was given up because it did not answer in time.</summary>
    internal bool OriginTimedOut => Volatile.Read(ref _originTimedOut);

    /// <summary>Judges again what is under way when a policy was swapped, and says why it must end; <see langword="null"/> while nothing is under way.</summary>
    internal Func<string?>? JudgeAgain => Volatile.Read(ref _judgeAgain);

    /// <summary>Whether the bytes are TLS on the wire.</summary>
    internal bool IsSecured => _tls is not null;

    /// <summary>Whether bytes have arrived that nobody has read. Inside TLS only those that were taken from it already.</summary>
    internal bool HasUnread => Input.Count > 0 || (_tls is null && HasBytesOnWire);

    /// <summary>Whether bytes lie in the socket, TLS's own among them.</summary>
    internal bool HasBytesOnWire
    {
        get
        {
            try
            {
                return Socket.Available > 0;
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for the next request: nothing is under way, and stopping or the end of a session may close it.</summary>
    internal void EnterIdle(TimeSpan idle)
    {
        JudgeOnSwap(null);
        Volatile.Write(ref _busy, false);
        Enter(_sweep.Now, idle, null);
    }

    /// <summary>
    /// Begins a request. INVARIANT: called before the session is asked for, so that a session that ends after it was granted finds the connection busy.
    /// </summary>
    internal void EnterBusy(TimeSpan idle, TimeSpan? whole)
    {
        Volatile.Write(ref _originTimedOut, false);
        Interlocked.Exchange(ref _busy, true);
        Enter(_sweep.Now, idle, whole);
    }

    /// <summary>Enters another phase of what is under way.</summary>
    internal void EnterPhase(TimeSpan? idle, TimeSpan? whole) => Enter(_sweep.Now, idle, whole);

    /// <summary>Notes that bytes moved.</summary>
    internal void Touch() => Touch(_sweep.Now);

    /// <summary>While set, a deadline gives up the origin and spares the client, which can still be answered.</summary>
    internal void SpareClient(bool spare) => Volatile.Write(ref _sparesClient, spare);

    /// <summary>Cuts what is under way when the session ends, at whatever moment that is.</summary>
    internal void Follow(EgressSession session)
    {
        if (ReferenceEquals(_session, session))
        {
            return;
        }

        _sessionEnd.Dispose();
        _session = session;
        _sessionEnd = session.Closed.UnsafeRegister(static connection => ((ClientConnection)connection!).OnSessionEnd(), this);
    }

    /// <summary>
    /// Has what is under way judged again at every swap of a policy from now on. INVARIANT: whoever calls looks at the policy again afterwards; a swap
    /// before this call could not be heard.
    /// </summary>
    internal void JudgeOnSwap(Func<string?>? judge) => Interlocked.Exchange(ref _judgeAgain, judge);

    /// <summary>Cuts this origin connection together with the client's.</summary>
    internal void Attach(OriginConnection? origin)
    {
        Interlocked.Exchange(ref _origin, origin);
        if (AbortReason is not null)
        {
            origin?.Reset();
        }
    }

    /// <summary>Cuts both ends at once: pending reads and writes fail and the worker sees a reset, never a clean end. From any thread.</summary>
    internal void Abort(string reason)
    {
        if (Interlocked.CompareExchange(ref _abortReason, reason, null) is not null)
        {
            return;
        }

        Volatile.Read(ref _origin)?.Reset();
        Sockets.Reset(Socket);
    }

    /// <summary>Closes the connection if nothing is under way on it.</summary>
    internal void CloseIfIdle()
    {
        if (!Volatile.Read(ref _busy))
        {
            Abort(ProxyReason.Draining);
        }
    }

    /// <inheritdoc/>
    internal override void TimeOut()
    {
        if (Volatile.Read(ref _sparesClient) && !OriginTimedOut)
        {
            Volatile.Write(ref _originTimedOut, true);
            EnterPhase(TimeSpan.FromSeconds(10), null);
            Volatile.Read(ref _origin)?.Reset();
            return;
        }

        Abort(ProxyReason.Overdue);
    }

    /// <summary>Tells the worker once that nothing more will come; it may still send.</summary>
    internal async ValueTask EndSendingAsync()
    {
        if (_hasEndedSending)
        {
            return;
        }

        _hasEndedSending = true;
        if (_tls is not null)
        {
            await _tls.ShutdownAsync().ConfigureAwait(false);
        }

        Sockets.EndSending(Socket);
    }

    /// <summary>
    /// Ends the connection so that the answer arrives: closing with unread bytes would reset it away. What still comes is read and dropped,
    /// within narrow bounds.
    /// </summary>
    internal async ValueTask LingerAsync()
    {
        EnterPhase(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await EndSendingAsync().ConfigureAwait(false);
        for (var dropped = Input.Count; dropped < MaxLingerBytes;)
        {
            Input.Consume(Input.Count);
            var count = await Input.ReadAsync().ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            dropped += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (AbortReason is not null)
        {
            // Whoever cuts does one thing after the other, and what is under way may end in between: a close from here on must not look clean.
            Sockets.Reset(Socket);
        }

        _sweep.Remove(this);
        _sessionEnd.Dispose();
        Place.Dispose();
        Input.Dispose();
        Output.Dispose();
    }

    private void OnSessionEnd()
    {
        if (Volatile.Read(ref _busy))
        {
            Abort(_session?.CloseReason ?? ProxyReason.NoSession);
        }
    }
}
