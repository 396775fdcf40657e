using System.Net.Sockets;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>One connection to an origin, dialled for a verdict.</summary>
internal sealed class OriginConnection(OriginKey key, Socket socket, Stream stream, WireStream? beneath = null) : IDisposable
{
    private bool _lostWrites;

    internal OriginKey Key { get; } = key;

    internal Socket Socket { get; } = socket;

    internal Stream Stream { get; } = stream;

    internal ByteInput Input { get; } = new(stream);

    internal ByteOutput Output { get; } = new(stream);

    /// <summary>The head of the current answer; made when first asked for, which a tunnel never does.</summary>
    internal ResponseHead Head => field ??= new ResponseHead();

    /// <summary>Whether it has carried an exchange before: an origin may close such a connection at any moment.</summary>
    internal bool IsReused { get; set; }

    /// <summary>Whether something could not be written. What the origin sent before may still be read.</summary>
    internal bool LostWrites { get => Volatile.Read(ref _lostWrites); set => Volatile.Write(ref _lostWrites, value); }

    /// <summary>
    /// Once a read has found the end: whether the origin meant it. It did not, as far as anybody can tell, when the connection broke meanwhile, or when
    /// it ended beneath TLS without TLS saying so (RFC 9112, section 9.8).
    /// </summary>
    internal bool EndIsMeant => !LostWrites && beneath is not { HasEnded: true };

    /// <summary>When it was put aside, in the pool's time.</summary>
    internal long IdleSince { get; set; }

    /// <summary>Whether it can be used again: open, and nothing unasked has arrived.</summary>
    internal bool IsQuiet
    {
        get
        {
            try
            {
                return Input.Count == 0 && Output.Pending == 0 && !Socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
            {
                return false;
            }
        }
    }

    /// <summary>Ends it so that pending reads and writes fail. From any thread.</summary>
    internal void Reset() => Sockets.Reset(Socket);

    /// <summary>Closes it. Only when nothing is pending.</summary>
    public void Dispose()
    {
        Socket.Dispose();
        Stream.Dispose();
        Input.Dispose();
        Output.Dispose();
    }
}
