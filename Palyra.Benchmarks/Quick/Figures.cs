using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Palyra.Benchmarks.Quick;

/// <summary>Takes samples and prints each figure as one JSON line: scenario, n, unit, min, median, max.</summary>
public sealed class Figures(TextWriter output)
{
    /// <summary>Prints one figure.</summary>
    public void Report(string scenario, long n, string unit, IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        var median = sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        output.WriteLine(
            $"{{\"scenario\":\"{JsonEncodedText.Encode(scenario, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\",\"n\":{n.ToString(CultureInfo.InvariantCulture)},\"unit\":\"{JsonEncodedText.Encode(unit, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"," +
            $"\"min\":{Format(sorted[0])},\"median\":{Format(median)},\"max\":{Format(sorted[^1])}}}");
        output.Flush();
    }

    /// <summary>
    /// Nanoseconds an operation: so many samples of so many operations each, after one sample of warm-up. The argument counts the operations up from zero.
    /// </summary>
    public void Time(string scenario, long n, int operations, Action<int> operation, int samples = 9)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var next = 0;
        var figures = new double[samples];
        for (var sample = -1; sample < samples; sample++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var end = next + operations; next < end; next++)
            {
                operation(next);
            }

            if (sample >= 0)
            {
                figures[sample] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
            }
        }

        Report(scenario, n, "ns", figures);
    }

    /// <summary>Bytes allocated by this thread, an operation.</summary>
    public void Allocated(string scenario, long n, int operations, Action<int> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        operation(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i <= operations; i++)
        {
            operation(i);
        }

        Report(scenario, n, "bytes", [(GC.GetAllocatedBytesForCurrentThread() - before) / (double)operations]);
    }

    private static string Format(double value) => Math.Round(value, value < 100 ? 2 : 0).ToString(CultureInfo.InvariantCulture);
}
