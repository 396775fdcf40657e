using Microsoft.Extensions.Time.Testing;

namespace Palyra.Tests.Builders;

/// <summary>A clock that stands still, counts who reads it and which timers live, and calls a test when one is made.</summary>
internal sealed class HookedClock() : FakeTimeProvider(Workers.Start.ToDateTimeOffset())
{
    internal Action? TimerMade { get; set; }

    internal int Timers { get; private set; }

    internal int Readings { get; private set; }

    public override DateTimeOffset GetUtcNow()
    {
        Readings++;
        return base.GetUtcNow();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
        TimerMade?.Invoke();
        return timer;
    }

    private sealed class CountedTimer : ITimer
    {
        private readonly HookedClock _clock;
        private readonly ITimer _inner;

        internal CountedTimer(HookedClock clock, ITimer inner)
        {
            _clock = clock;
            _inner = inner;
            _clock.Timers++;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _inner.Change(dueTime, period);

        public void Dispose()
        {
            _clock.Timers--;
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            _clock.Timers--;
            return _inner.DisposeAsync();
        }
    }
}
