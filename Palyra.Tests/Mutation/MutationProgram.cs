namespace Palyra.Tests.Mutation;

/// <summary>
/// Judges the mutants of the domain, all in one process. Stryker makes them, and would start a test host for each: an hour for what takes minutes here.
/// Called by <c>.ci/mutation</c> on a copy of these tests whose domain holds every mutant, switched off.
/// </summary>
internal static class MutationProgram
{
    /// <summary>The exit code of a process that cannot go on, since a mutant runs for ever in it: the next one takes over.</summary>
    internal const int Again = 42;

    internal static int Main(string[] args)
    {
        switch (args)
        {
            case ["cover", var coverage]:
                Coverage.Take(new InProcessTests(), coverage);
                return 0;
            case ["judge", var coverage, var mutants, var verdicts]:
                // Not by returning: a mutant that runs for ever may do so on a thread that would keep the process.
                Environment.Exit(new Judge(new InProcessTests(), Coverage.Read(coverage), verdicts).Run(File.ReadLines(mutants).Select(Mutant.Parse)));
                return 0;
            default:
                Console.Error.WriteLine("cover COVERAGE | judge COVERAGE MUTANTS VERDICTS; .ci/mutation says more.");
                return 2;
        }
    }
}
