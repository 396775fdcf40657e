namespace Palyra.Adapters.Grpc.Client;

/// <summary>
/// When work under a lease has to stop, by this machine's monotonic clock: what the gateway granted, counted from before it was asked, less a margin. A wall
/// clock that is set, or a gateway that cannot be reached, moves nothing.
/// </summary>
internal sealed class LeaseClock : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _margin;
    private readonly CancellationTokenSource _over;
    private readonly Lock _lock = new();
    private long _deadline;

    internal LeaseClock(TimeProvider clock, TimeSpan margin, long askedAt, TimeSpan granted)
    {
        _clock = clock;
        _margin = margin;
        _deadline = Deadline(askedAt, granted);
        _over = new CancellationTokenSource(Left(), clock);
    }

    /// <summary>Fires when the work has to stop.</summary>
    internal CancellationToken Over => _over.Token;

    internal bool IsOver => Left() <= TimeSpan.Zero;

    /// <summary>Whether the lease itself is over, the margin included.</summary>
    internal bool HasLeaseEnded => _clock.GetElapsedTime(_deadline) >= _margin;

    /// <summary>Moves the end after a renewal. Work that was stopped is not started again.</summary>
    internal void Extend(long askedAt, TimeSpan granted)
    {
        lock (_lock)
        {
            _deadline = Math.Max(_deadline, Deadline(askedAt, granted));
            if (!_over.IsCancellationRequested)
            {
                _over.CancelAfter(Left());
            }
        }
    }

    public void Dispose() => _over.Dispose();

    private long Deadline(long askedAt, TimeSpan granted) => askedAt + (long)((granted - _margin).TotalSeconds * _clock.TimestampFrequency);

    private TimeSpan Left()
    {
        var ticks = _deadline - _clock.GetTimestamp();
        return ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min((double)ticks / _clock.TimestampFrequency, TimeSpan.FromDays(40).TotalSeconds));
    }
}
