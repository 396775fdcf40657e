using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>How the egress proxy listens and what it bounds. Checked as a whole when the proxy starts.</summary>
public sealed record EgressProxyOptions
{
    /// <summary>Where to listen; port 0 takes a free one. Loopback unless <see cref="ServerCertificate"/> is set.</summary>
    public IPEndPoint Listen { get; set; } = new(IPAddress.Loopback, 0);

    /// <summary>
    /// The certificate to serve TLS with, asked for at every handshake so that it can be renewed while running. <see langword="null"/> serves
    /// without TLS, which is refused anywhere but on loopback.
    /// </summary>
    public Func<X509Certificate2>? ServerCertificate { get; set; }

    /// <summary>
    /// Roots that upstream certificates may chain to besides the system's, e.g. of an internal service or a test. None unless given.
    /// </summary>
    public X509Certificate2Collection AdditionalTrustedRoots { get; } = [];

    /// <summary>
    /// How long connecting to an origin may take, its TLS handshake included. Each of its addresses has an equal share of what is left of it, but at least 2 s as
    /// long as there are so many. 10 s.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request head, or the first bytes of a tunnel, may take to arrive whole. 10 s.</summary>
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may move on a connection, an exchange or a tunnel. 60 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request may take from head to the last byte of its answer. 5 min. Tunnels end with their lease instead.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long requests and tunnels may go on after the proxy was told to stop. 10 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unused connection to an origin is kept. 30 s.</summary>
    public TimeSpan PoolIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most bytes that a worker may send in one request body or one tunnel. 64 MiB.</summary>
    public long MaxRequestBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>The most open tunnels of one worker; one more is refused with 429. 64.</summary>
    public int MaxTunnelsPerWorker { get; set; } = 64;

    /// <summary>The most open tunnels in all; one more is refused with 503. 4 096.</summary>
    public int MaxTunnels { get; set; } = 4096;

    /// <summary>The most requests of one worker under way at once; one more is refused with 429. 256.</summary>
    public int MaxRequestsPerWorker { get; set; } = 256;

    /// <summary>The most connections of one worker, whatever they do; one more is refused with 429 and closed. 512.</summary>
    public int MaxConnectionsPerWorker { get; set; } = 512;

    /// <summary>
    /// The most connections that have not yet shown, by a client certificate or a live lease's token, whose they are; one more pushes out the
    /// oldest of them. 1 024.
    /// </summary>
    public int MaxStrangers { get; set; } = 1024;

    /// <summary>The most connections, whatever they do; one more is closed at once. 16 384.</summary>
    public int MaxConnections { get; set; } = 16384;

    /// <summary>The most unused connections kept to origins in all. 512.</summary>
    public int MaxPooledConnections { get; set; } = 512;

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (ServerCertificate is null && !IPAddress.IsLoopback(Listen.Address))
        {
            problems.Add("Without ServerCertificate the proxy listens on loopback only.");
        }

        foreach (var (name, value) in new (string, TimeSpan)[]
        {
            (nameof(ConnectTimeout), ConnectTimeout), (nameof(HeadTimeout), HeadTimeout), (nameof(IdleTimeout), IdleTimeout),
            (nameof(RequestTimeout), RequestTimeout), (nameof(PoolIdleTimeout), PoolIdleTimeout),
        })
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
            {
                problems.Add($"{name} is not a positive time of at most an hour.");
            }
        }

        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromHours(1))
        {
            problems.Add($"{nameof(DrainTimeout)} is not a time from zero to an hour.");
        }

        foreach (var (name, value) in new (string, long)[]
        {
            (nameof(MaxRequestBytes), MaxRequestBytes), (nameof(MaxTunnelsPerWorker), MaxTunnelsPerWorker), (nameof(MaxTunnels), MaxTunnels),
            (nameof(MaxRequestsPerWorker), MaxRequestsPerWorker), (nameof(MaxConnections), MaxConnections),
            (nameof(MaxConnectionsPerWorker), MaxConnectionsPerWorker), (nameof(MaxStrangers), MaxStrangers),
        })
        {
            if (value <= 0)
            {
                problems.Add($"{name} is not positive.");
            }
        }

        if (MaxPooledConnections < 0)
        {
            problems.Add($"{nameof(MaxPooledConnections)} is negative.");
        }

        return problems;
    }
}
