using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// The connections that have not yet shown whose they are. There is room for so many; one more pushes out the oldest. Whoever means well shows it
/// at once, and whoever wants to hold places stays: so nobody without a lease keeps those with one out, however many connections it makes.
/// </summary>
internal sealed class Strangers(int room)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<SocketConnection> _oldestFirst = new();

    /// <summary>The number of strangers now.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _oldestFirst.Count;
            }
        }
    }

    /// <summary>Adds one; the oldest is reset when there is no room.</summary>
    internal LinkedListNode<SocketConnection> Add(SocketConnection connection)
    {
        var node = new LinkedListNode<SocketConnection>(connection);
        SocketConnection? pushedOut = null;
        lock (_lock)
        {
            if (_oldestFirst.Count >= room && _oldestFirst.First is { } oldest)
            {
                _oldestFirst.Remove(oldest);
                pushedOut = oldest.Value;
            }

            _oldestFirst.AddLast(node);
        }

        if (pushedOut is not null)
        {
            ProxyMetrics.PushedOut();
            Sockets.Reset(pushedOut.Socket);
        }

        return node;
    }

    /// <summary>Takes one out; one that was pushed out already is not there any more.</summary>
    internal void Remove(LinkedListNode<SocketConnection> node)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _oldestFirst.Remove(node);
            }
        }
    }
}
