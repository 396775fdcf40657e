using System.Globalization;
using Xunit.Abstractions;

namespace Palyra.Tests.Mutation;

/// <summary>
/// Runs, for each mutant, the tests that come by it, the quickest first, until one fails. Verdicts go to a file line by line, so that another process can go
/// on where one had to end.
/// </summary>
internal sealed class Judge(InProcessTests tests, Covering[] coverage, string verdicts)
{
    private const string Begun = "Begun";
    private const int Step = 20;

    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);

    private readonly ILookup<int, Covering> _byMutant = coverage.SelectMany(test => test.Mutants.Select(mutant => (mutant, test))).ToLookup(pair => pair.mutant, pair => pair.test);
    private bool _isFresh = true;

    /// <returns>0 when all are judged, <see cref="MutationProgram.Again"/> when another process has to go on.</returns>
    internal int Run(IEnumerable<Mutant> mutants)
    {
        var known = File.Exists(verdicts)
            ? File.ReadLines(verdicts).Select(line => line.Split('\t')).GroupBy(line => int.Parse(line[0], CultureInfo.InvariantCulture), line => line[1]).ToDictionary(said => said.Key, said => said.Last())
            : [];
        foreach (var (mutant, _) in known.Where(entry => entry.Value == Begun))
        {
            // The process that began it is gone: a stack that overflowed, or memory that ran out.
            Say(mutant, "Killed");
        }

        foreach (var mutant in mutants.Where(mutant => !known.ContainsKey(mutant.Id)))
        {
            // What a static initialiser makes is used by tests that do not run it.
            var speaking = mutant.IsStatic ? coverage : [.. _byMutant[mutant.Id]];
            if (speaking.Length == 0)
            {
                Say(mutant.Id, "NoCoverage");
                continue;
            }

            if (mutant.IsStatic && !_isFresh)
            {
                return MutationProgram.Again;
            }

            _isFresh = false;
            Say(mutant.Id, Begun);
            MutantSwitch.TurnOn(mutant.Id);
            var verdict = Hear(speaking);
            MutantSwitch.TurnOff();
            Say(mutant.Id, verdict);
            if (mutant.IsStatic || verdict == "Timeout")
            {
                return MutationProgram.Again;
            }
        }

        return 0;
    }

    private string Hear(IEnumerable<Covering> speaking)
    {
        foreach (var some in speaking.OrderBy(test => test.Milliseconds).Chunk(Step))
        {
            bool? pass = null;
            ITestCase[] cases = [.. some.Select(test => tests.Cases[test.Test])];
            var running = new Thread(() => pass = tests.Pass(cases), maxStackSize: 16 * 1024 * 1024) { IsBackground = true };
            running.Start();
            if (!running.Join(Least + TimeSpan.FromMilliseconds(some.Sum(test => test.Milliseconds) * 5)))
            {
                return "Timeout";
            }

            if (pass != true)
            {
                return "Killed";
            }
        }

        return "Survived";
    }

    private void Say(int mutant, string verdict) => File.AppendAllText(verdicts, string.Create(CultureInfo.InvariantCulture, $"{mutant}\t{verdict}\n"));
}
