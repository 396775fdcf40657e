using Microsoft.Extensions.Time.Testing;

namespace Palyra.Tests.Builders;

/// <summary>A clock that stands still until told, knows who reads it and what became of its timers, and calls a test when one is made.</summary>
internal sealed class WatchedClock() : FakeTimeProvider(Workers.Start.ToDateTimeOffset())
{
    private int _readings;
    private int _made;
    private int _set;
    private int _disposed;

    internal Action? TimerMade { get; set; }

    /// <summary>How often the time was read.</summary>
    internal int Readings => _readings;

    /// <summary>How many timers were made.</summary>
    internal int Made => _made;

    /// <summary>How often a timer was set after it was made.</summary>
    internal int Set => _set;

    /// <summary>How many timers nobody has disposed of.</summary>
    internal int Running => _made - _disposed;

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _readings);
        return base.GetUtcNow();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(this, base.CreateTimer(callback, state, dueTime, period));
        Interlocked.Increment(ref _made);
        TimerMade?.Invoke();
        return timer;
    }

    private sealed class Watched(WatchedClock clock, ITimer inner) : ITimer
    {
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref clock._set);
            return inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isDisposed, true))
            {
                Interlocked.Increment(ref clock._disposed);
            }

            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
