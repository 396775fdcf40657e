using Microsoft.Extensions.Hosting;
using Palyra.Domain.Fleet;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Workers;

/// <summary>
/// Ends what time has ended: expired leases at the moment they expire, stale workers within a second. A sweep that finds nothing costs nothing.
/// </summary>
internal sealed class FleetSweeper(WorkerFleet? fleet, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => fleet is null ? Task.CompletedTask : SweepAsync(fleet, stoppingToken);

    private async Task SweepAsync(WorkerFleet workers, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(UntilNext(workers.NextExpiry, UnixTime.Now(clock)), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = UnixTime.Now(clock);
            workers.ReapExpired(now);
            workers.MarkStale(now);
        }
    }

    private static TimeSpan UntilNext(UnixTime? next, UnixTime now)
    {
        var remaining = next?.MillisecondsSince(now) ?? long.MaxValue;
        return remaining >= Longest.TotalMilliseconds ? Longest : TimeSpan.FromMilliseconds(Math.Max(1, remaining));
    }
}
