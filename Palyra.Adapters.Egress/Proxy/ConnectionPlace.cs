using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Where one connection counts: among the strangers until it has shown whose it is, then with its worker. Used by one caller at a time.</summary>
internal sealed class ConnectionPlace : IDisposable
{
    private readonly Strangers _strangers;
    private readonly WorkerSlots _byWorker;
    private LinkedListNode<SocketConnection>? _stranger;
    private WorkerId _worker;

    internal ConnectionPlace(Strangers strangers, WorkerSlots byWorker, SocketConnection connection)
    {
        _strangers = strangers;
        _byWorker = byWorker;
        _stranger = strangers.Add(connection);
    }

    /// <summary>Whether the connection has not shown whose it is.</summary>
    internal bool IsStranger => _stranger is not null;

    /// <summary>Counts the connection with a worker from now on.</summary>
    /// <returns>Whether the worker may have one more; if not, the connection stays where it was.</returns>
    internal bool MoveTo(WorkerId worker)
    {
        if (worker == _worker)
        {
            return true;
        }

        if (_byWorker.Take(worker) != SlotAnswer.Taken)
        {
            return false;
        }

        Dispose();
        _worker = worker;
        return true;
    }

    /// <summary>Gives the place back.</summary>
    public void Dispose()
    {
        if (_stranger is { } stranger)
        {
            _stranger = null;
            _strangers.Remove(stranger);
        }

        if (!_worker.IsEmpty)
        {
            _byWorker.GiveBack(_worker);
            _worker = default;
        }
    }
}
