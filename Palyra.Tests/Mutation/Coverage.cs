using System.Diagnostics;
using System.Text.Json;

namespace Palyra.Tests.Mutation;

/// <summary>Which mutants a test comes by, and how long it takes.</summary>
internal sealed record Covering(string Test, string Name, double Milliseconds, bool Passes, int[] Mutants);

/// <summary>A file with one line a test.</summary>
internal static class Coverage
{
    /// <summary>Runs every test once, alone and without a mutant.</summary>
    internal static void Take(InProcessTests tests, string path)
    {
        using var lines = new StreamWriter(path);
        foreach (var (id, test) in tests.Cases)
        {
            MutantSwitch.BeginCoverage();
            var start = Stopwatch.GetTimestamp();
            var passes = tests.Pass([test]);
            var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            lines.WriteLine(JsonSerializer.Serialize(new Covering(id, test.DisplayName, took, passes, MutantSwitch.EndCoverage())));
            if (!passes)
            {
                // Such as a test that looks for the sources beside its own folder: it cannot speak of mutants here.
                Console.Error.WriteLine($"Left out, since it fails without a mutant: {test.DisplayName}");
            }
        }
    }

    internal static Covering[] Read(string path) => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Covering>(line)!).Where(test => test.Passes)];
}
