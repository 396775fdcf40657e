using System.Diagnostics;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Persistence;

/// <summary><c>quick persist</c>: what a durable mutation costs, by records on file, by concurrent callers, and written through.</summary>
public sealed class PersistQuick : IQuickGroup
{
    private static readonly int[] Sizes = [100, 10_000, 100_000];
    private static readonly int[] CallerCounts = [1, 16, 256];

    /// <inheritdoc/>
    public string Name => "persist";

    /// <inheritdoc/>
    public async ValueTask RunAsync(Figures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        foreach (var records in Sizes)
        {
            await using var scene = await PersistScene.OpenAsync(records);
            await SingleAsync(figures, "persist: one durable mutation, one caller", records, scene, warmUp: 200, count: 2_000);
        }

        foreach (var callers in CallerCounts)
        {
            await using var scene = await PersistScene.OpenAsync(10_000);
            await ConcurrentAsync(figures, callers, scene);
        }

        foreach (var records in Sizes)
        {
            await using var scene = await PersistScene.OpenAsync(records, writeThrough: true);
            await SingleAsync(figures, "persist: one durable mutation, written through", records, scene, warmUp: 1, count: records > 10_000 ? 5 : 50);
        }
    }

    private static async Task SingleAsync(Figures figures, string scenario, int records, PersistScene scene, int warmUp, int count)
    {
        var samples = new double[count];
        for (var i = -warmUp; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await scene.MutateAsync();
            if (i >= 0)
            {
                samples[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }

        figures.Report(scenario, records, "us", samples);
    }

    /// <summary>Mutations a second, in windows of half a second.</summary>
    private static async Task ConcurrentAsync(Figures figures, int callers, PersistScene scene)
    {
        const int Windows = 5;
        using var stop = new CancellationTokenSource();
        long done = 0;
        var running = Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await scene.MutateAsync();
                Interlocked.Increment(ref done);
            }
        })).ToArray();
        var samples = new double[Windows];
        for (var i = -1; i < Windows; i++)
        {
            var (before, start) = (Interlocked.Read(ref done), Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            if (i >= 0)
            {
                samples[i] = (Interlocked.Read(ref done) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(running);
        figures.Report("persist: durable mutations a second, by concurrent callers", callers, "per_s", samples);
    }
}
