using System.Net.Sockets;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>One connection to an origin, dialled for a verdict.</summary>
internal sealed class OriginConnection : IDisposable
{
    internal OriginConnection(OriginKey key, Socket socket, Stream stream)
    {
        Key = key;
        Socket = socket;
        Stream = stream;
        Input = new ByteInput(stream);
        Output = new ByteOutput(stream);
    }

    internal OriginKey Key { get; }

    internal Socket Socket { get; }

    internal Stream Stream { get; }

    internal ByteInput Input { get; }

    internal ByteOutput Output { get; }

    /// <summary>The head of the current answer; made when first asked for, which a tunnel never does.</summary>
    internal ResponseHead Head => field ??= new ResponseHead();

    /// <summary>Whether it has carried an exchange before: an origin may close such a connection at any moment.</summary>
    internal bool IsReused { get; set; }

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
