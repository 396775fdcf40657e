using System.Runtime.InteropServices;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Whether there is room for one more.</summary>
internal enum SlotAnswer
{
    /// <summary>The proxy as a whole is full: 503.</summary>
    ProxyFull,

    /// <summary>This worker has as many as it may: 429.</summary>
    WorkerFull,

    /// <summary>Taken; to be given back.</summary>
    Taken,
}

/// <summary>Counts what is open of one kind (connections, requests, tunnels), for each worker and in all.</summary>
internal sealed class WorkerSlots(int perWorker, int inAll)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<WorkerId, int> _byWorker = [];
    private int _all;

    /// <summary>The number open now.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _all;
            }
        }
    }

    /// <summary>Takes a slot if there is one.</summary>
    internal SlotAnswer Take(WorkerId worker)
    {
        lock (_lock)
        {
            if (_all >= inAll)
            {
                return SlotAnswer.ProxyFull;
            }

            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_byWorker, worker, out _);
            if (count >= perWorker)
            {
                return SlotAnswer.WorkerFull;
            }

            count++;
            _all++;
            return SlotAnswer.Taken;
        }
    }

    /// <summary>Gives a slot back.</summary>
    internal void GiveBack(WorkerId worker)
    {
        lock (_lock)
        {
            _all--;
            if (--CollectionsMarshal.GetValueRefOrNullRef(_byWorker, worker) == 0)
            {
                _byWorker.Remove(worker);
            }
        }
    }
}
