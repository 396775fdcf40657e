using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Tools;

/// <summary>
/// <c>quick tools</c>: whole tool calls (leased, dispatched, started, run, digests compared, cleaned up, audited and journaled on disk) through a gateway process
/// over twenty worker processes. Their start is not in the figures. A call that ends wrong, is lost or runs twice ends the benchmark.
/// </summary>
public sealed class ToolsQuick : IQuickGroup
{
    private const int Workers = 20;
    private const int Calls = 200;
    private int _next;

    /// <inheritdoc/>
    public string Name => "tools";

    /// <inheritdoc/>
    public async ValueTask RunAsync(Figures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        await using var scene = await ToolsScene.StartAsync(Workers);
        await MeasureAsync(scene, Workers, Calls);
        var alone = await MeasureAsync(scene, 1, Calls);
        Report(figures, "tools.latency", 1, alone);
        var rates = new List<double>();
        var busy = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var start = Stopwatch.GetTimestamp();
            busy.AddRange(await MeasureAsync(scene, Workers, Calls));
            rates.Add(Calls / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Report(figures, "tools.latency", Workers, busy);
        figures.Report("tools.rate", Workers, "1/s", rates);
        await scene.CheckAsync(_next);
    }

    private static void Report(Figures figures, string scenario, int concurrency, List<double> latencies)
    {
        latencies.Sort();
        figures.Report(scenario, concurrency, "ms", latencies);
        figures.Report(scenario + ".p99", concurrency, "ms", [latencies[(int)(latencies.Count * 0.99)]]);
    }

    /// <summary>So many calls, so many at a time; how long each took, in milliseconds.</summary>
    private async Task<List<double>> MeasureAsync(ToolsScene scene, int concurrency, int calls)
    {
        var latencies = new List<double>(calls);
        await Parallel.ForEachAsync(Enumerable.Range(0, calls), new ParallelOptions { MaxDegreeOfParallelism = concurrency }, async (_, cancellation) =>
        {
            var number = Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);
            var start = Stopwatch.GetTimestamp();
            var outcome = await scene.InvokeAsync($"run-{number}", $"{{\"n\":{number}}}", cancellation);
            var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (!outcome.GetProperty("success").GetBoolean() || outcome.GetProperty("attempts").GetInt32() != 1 || outcome.GetProperty("output").GetProperty("n").GetRawText() != number)
            {
                throw new InvalidOperationException($"A call ended wrong: {outcome}");
            }

            lock (latencies)
            {
                latencies.Add(took);
            }
        });
        return latencies;
    }
}
