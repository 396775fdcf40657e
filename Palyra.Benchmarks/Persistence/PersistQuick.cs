using System.Diagnostics;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Persistence;

/// <summary><c>quick persist</c>: what a durable mutation costs, by records on file, by concurrent callers, and written through.</summary>
/// <remarks>What is compared is measured in turns, so that whatever else the machine does meets all alike.</remarks>
public sealed class PersistQuick : IQuickGroup
{
    private const int Rounds = 9;

    private static readonly int[] Sizes = [100, 10_000, 100_000];
    private static readonly int[] CallerCounts = [1, 16, 256];
    private static readonly TimeSpan RampUp = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public string Name => "persist";

    /// <inheritdoc/>
    public async ValueTask RunAsync(Figures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        await WarmUpAsync();
        await SizesAsync(figures, "persist: one durable mutation, one caller", writeThrough: false, _ => 300);
        await CallersAsync(figures);
        await SizesAsync(figures, "persist: one durable mutation, written through", writeThrough: true, records => records > 10_000 ? 1 : 10);
    }

    /// <summary>Until the code is compiled as well as it will be: alone and in company.</summary>
    private static async Task WarmUpAsync()
    {
        await using var scene = await PersistScene.OpenAsync(1_000);
        for (var i = 0; i < 4; i++)
        {
            await RateAsync(scene, 1);
            await RateAsync(scene, 256);
        }
    }

    private static async Task SizesAsync(Figures figures, string scenario, bool writeThrough, Func<int, int> countOf)
    {
        var scenes = new List<(PersistScene Scene, int Records, List<double> Samples)>();
        foreach (var records in Sizes)
        {
            scenes.Add((await PersistScene.OpenAsync(records, writeThrough), records, []));
        }

        for (var round = -1; round < Rounds; round++)
        {
            foreach (var (scene, records, samples) in scenes)
            {
                for (var i = countOf(records); i > 0; i--)
                {
                    var start = Stopwatch.GetTimestamp();
                    await scene.MutateAsync();
                    if (round >= 0)
                    {
                        samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                    }
                }
            }
        }

        foreach (var (scene, records, samples) in scenes)
        {
            figures.Report(scenario, records, "us", samples);
            await scene.DisposeAsync();
        }
    }

    private static async Task CallersAsync(Figures figures)
    {
        var scenes = new List<(PersistScene Scene, int Callers, List<double> Rates)>();
        foreach (var callers in CallerCounts)
        {
            scenes.Add((await PersistScene.OpenAsync(10_000), callers, []));
        }

        for (var round = -1; round < Rounds; round++)
        {
            foreach (var (scene, callers, rates) in scenes)
            {
                var rate = await RateAsync(scene, callers);
                if (round >= 0)
                {
                    rates.Add(rate);
                }
            }
        }

        foreach (var (scene, callers, rates) in scenes)
        {
            figures.Report("persist: durable mutations a second, by concurrent callers", callers, "per_s", rates);
            await scene.DisposeAsync();
        }

        var alone = scenes[0].Rates;
        figures.Report("persist: rate of so many callers over the rate of one", CallerCounts[^1], "x", scenes[^1].Rates.Select((rate, round) => rate / alone[round]));
    }

    /// <summary>Mutations a second in one window, each caller beginning the next as soon as its last is durable.</summary>
    private static async Task<double> RateAsync(PersistScene scene, int callers)
    {
        using var stop = new CancellationTokenSource();
        var done = new long[callers * Spacing];
        var running = Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await scene.MutateAsync();
                Interlocked.Increment(ref done[caller * Spacing]);
            }
        })).ToArray();
        await Task.Delay(RampUp);
        var (before, start) = (Sum(done), Stopwatch.GetTimestamp());
        await Task.Delay(Window);
        var rate = (Sum(done) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return rate;
    }

    // A cache line for each caller's count.
    private const int Spacing = 8;

    private static long Sum(long[] counts)
    {
        long sum = 0;
        for (var i = 0; i < counts.Length; i += Spacing)
        {
            sum += Interlocked.Read(ref counts[i]);
        }

        return sum;
    }
}
