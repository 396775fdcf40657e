using System.Net;
using Microsoft.Extensions.Options;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Where the node RPC listens, and its limits. Checked all at once when the server starts.</summary>
public sealed class NodeRpcOptions
{
    /// <summary>Where to listen; port 0 lets the system choose. Default: a free port on the IPv4 loopback.</summary>
    public IPEndPoint EndPoint { get; set; } = new(IPAddress.Loopback, 0);

    /// <summary>
    /// Listens without TLS and takes every caller at its word about which paired device it is. For tests only: refused unless <see cref="EndPoint"/> is a loopback
    /// address, and logged as a warning. Default: off.
    /// </summary>
    public bool InsecureWithoutTls { get; set; }

    /// <summary>
    /// The largest message taken, unpacked, in bytes; larger ones get <c>RESOURCE_EXHAUSTED</c>. 64 KiB to 64 MiB; default 4 MiB. The event stream, which only
    /// a paired device can open, takes at least 17 MiB: the largest result that a request may allow fits.
    /// </summary>
    public int MaxReceiveMessageBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The most connections at once; more are closed unanswered. At least 1; default 16 384.</summary>
    public int MaxConnections { get; set; } = 16_384;

    /// <summary>The most streams at once on one connection. 1 to 65 536; default 2 048.</summary>
    public int MaxStreamsPerConnection { get; set; } = 2_048;

    /// <summary>How long a node may leave a message of its event stream unread before it is disconnected. More than zero; default 30 s.</summary>
    public TimeSpan SlowReaderTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stream may be open before its first event says who it is for. More than zero; default 30 s.</summary>
    public TimeSpan FirstEventTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without any frame a connection is pinged. At least 1 s; default 10 s.</summary>
    public TimeSpan KeepAliveDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unanswered ping may take before the connection is closed and its streams are lost. At least 1 s; default 10 s.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long <c>ExecuteCapability</c> waits when the caller sets no deadline. More than zero; default 60 s.</summary>
    public TimeSpan ExecuteTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Where workers find the egress proxy, asked at each <c>StartWork</c>, since the proxy's port may be known only once it listens. Default: nowhere.</summary>
    public Func<EgressProxyAddress?> EgressProxy { get; set; } = static () => null;

    internal sealed class Validator : IValidateOptions<NodeRpcOptions>
    {
        public ValidateOptionsResult Validate(string? name, NodeRpcOptions options)
        {
            List<string> problems = [];
            Check(options.EndPoint is not null, $"{nameof(EndPoint)} is missing.");
            Check(!options.InsecureWithoutTls || (options.EndPoint is { } point && IPAddress.IsLoopback(point.Address)), $"{nameof(InsecureWithoutTls)} is for loopback addresses only.");
            Check(options.MaxReceiveMessageBytes is >= 64 * 1024 and <= 64 * 1024 * 1024, $"{nameof(MaxReceiveMessageBytes)} must be 64 KiB to 64 MiB.");
            Check(options.MaxConnections >= 1, $"{nameof(MaxConnections)} must be at least 1.");
            Check(options.MaxStreamsPerConnection is >= 1 and <= 65_536, $"{nameof(MaxStreamsPerConnection)} must be 1 to 65536.");
            Check(options.SlowReaderTimeout > TimeSpan.Zero, $"{nameof(SlowReaderTimeout)} must be more than zero.");
            Check(options.FirstEventTimeout > TimeSpan.Zero, $"{nameof(FirstEventTimeout)} must be more than zero.");
            Check(options.KeepAliveDelay >= TimeSpan.FromSeconds(1), $"{nameof(KeepAliveDelay)} must be at least 1 s.");
            Check(options.KeepAliveTimeout >= TimeSpan.FromSeconds(1), $"{nameof(KeepAliveTimeout)} must be at least 1 s.");
            Check(options.ExecuteTimeout > TimeSpan.Zero, $"{nameof(ExecuteTimeout)} must be more than zero.");
            Check(options.EgressProxy is not null, $"{nameof(EgressProxy)} is missing.");
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

            void Check(bool holds, string problem)
            {
                if (!holds)
                {
                    problems.Add(problem);
                }
            }
        }
    }
}
