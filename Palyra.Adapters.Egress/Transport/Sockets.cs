using System.Net.Sockets;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>What the proxy does to sockets besides reading and writing.</summary>
internal static class Sockets
{
    /// <summary>Ends a connection so that the peer sees a reset, never a clean end. May be called from any thread, more than once.</summary>
    internal static void Reset(Socket socket)
    {
        // A close without patience is the one that resets.
        socket.Close(0);
    }

    /// <summary>Tells the peer that nothing more will come, if it is still there.</summary>
    internal static void EndSending(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
        {
            // The peer went first.
        }
    }
}
