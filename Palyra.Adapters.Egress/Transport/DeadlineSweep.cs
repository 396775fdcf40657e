using System.Collections.Concurrent;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>What has deadlines: a connection with its current phase.</summary>
internal abstract class Watched
{
    private long _active;
    private long _deadline = long.MaxValue;
    private long _idleLimit = long.MaxValue;

    /// <summary>Notes that bytes moved.</summary>
    internal void Touch(long now) => Volatile.Write(ref _active, now);

    /// <summary>Enters a phase: it ends at the latest after <paramref name="whole"/>, and earlier when nothing moves for <paramref name="idle"/>.</summary>
    internal void Enter(long now, TimeSpan? idle, TimeSpan? whole)
    {
        Volatile.Write(ref _active, now);
        Volatile.Write(ref _idleLimit, idle is { } limit ? (long)limit.TotalMilliseconds : long.MaxValue);
        Volatile.Write(ref _deadline, whole is { } length ? now + (long)length.TotalMilliseconds : long.MaxValue);
    }

    /// <summary>Whether a deadline has passed.</summary>
    internal bool IsOverdue(long now) =>
        now >= Volatile.Read(ref _deadline) || now - Volatile.Read(ref _active) >= Volatile.Read(ref _idleLimit);

    /// <summary>Ends what is under way because it took too long. Must not block.</summary>
    internal abstract void TimeOut();
}

/// <summary>
/// One timer for the deadlines of all connections: no timer, token or allocation per read. Deadlines are met to within <see cref="Step"/>.
/// </summary>
internal sealed class DeadlineSweep : IDisposable
{
    /// <summary>How often deadlines are looked at.</summary>
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Watched, byte> _watched = new();
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer _timer;
    private long _now;
    private int _count;

    internal DeadlineSweep(TimeProvider clock)
    {
        _clock = clock;
        _start = clock.GetTimestamp();
        _timer = clock.CreateTimer(static sweep => ((DeadlineSweep)sweep!).Sweep(), this, Step, Step);
    }

    /// <summary>Milliseconds since the start by a monotonic clock, as of the last step: cheap enough for every read.</summary>
    internal long Now => Volatile.Read(ref _now);

    /// <summary>What is watched now.</summary>
    internal ICollection<Watched> All => _watched.Keys;

    /// <summary>The number watched now.</summary>
    internal int Count => Volatile.Read(ref _count);

    internal void Add(Watched watched)
    {
        if (_watched.TryAdd(watched, 0))
        {
            Interlocked.Increment(ref _count);
        }
    }

    internal void Remove(Watched watched)
    {
        if (_watched.TryRemove(watched, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = (long)_clock.GetElapsedTime(_start).TotalMilliseconds;
        Volatile.Write(ref _now, now);
        foreach (var entry in _watched)
        {
            if (entry.Key.IsOverdue(now))
            {
                entry.Key.TimeOut();
            }
        }
    }
}
