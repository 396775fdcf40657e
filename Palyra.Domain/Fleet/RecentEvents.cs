namespace Palyra.Domain.Fleet;

/// <summary>The newest events, at most <see cref="Capacity"/>, in a ring. Not thread-safe.</summary>
internal sealed class RecentEvents
{
    internal const int Capacity = 64;

    private readonly WorkerLifecycleEvent[] _ring = new WorkerLifecycleEvent[Capacity];
    private int _next;
    private int _count;

    internal void Add(in WorkerLifecycleEvent lifecycleEvent)
    {
        _ring[_next] = lifecycleEvent;
        _next = (_next + 1) % Capacity;
        _count = Math.Min(_count + 1, Capacity);
    }

    /// <summary>Newest first.</summary>
    internal WorkerLifecycleEvent[] ToArray()
    {
        var events = new WorkerLifecycleEvent[_count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = _ring[(_next + Capacity - 1 - i) % Capacity];
        }

        return events;
    }
}
