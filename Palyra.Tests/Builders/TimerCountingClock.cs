using Microsoft.Extensions.Time.Testing;

namespace Palyra.Tests.Builders;

/// <summary>A clock that stands still until told, and counts the timers that are made on it and how often one is set.</summary>
internal sealed class TimerCountingClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private int _timers;
    private int _armed;

    public int Timers => _timers;

    public int Armed => _armed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return new Counted(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class Counted(TimerCountingClock clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref clock._armed);
            return inner.Change(dueTime, period);
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
