using System.Runtime.CompilerServices;

namespace Palyra.Tests.Mutation;

/// <summary>Keeps what Stryker compiles: the folder of the tests with the mutated domain in it, which Stryker puts back when it is done.</summary>
internal static class KeptMutants
{
    /// <summary>Names the folder to copy to; nothing is copied without it.</summary>
    private const string Target = "PALYRA_KEEP_MUTANTS";

    [ModuleInitializer]
    internal static void Keep()
    {
        if (Environment.GetEnvironmentVariable(Target) is not { Length: > 0 } target || !MutantSwitch.Exists || Directory.Exists(target))
        {
            return;
        }

        var source = AppContext.BaseDirectory;
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
