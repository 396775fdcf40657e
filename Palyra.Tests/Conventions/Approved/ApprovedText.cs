using Palyra.Tests.Packages;

namespace Palyra.Tests.Conventions.Approved;

/// <summary>A text that was looked at and accepted, kept in the repository. It changes only on purpose: a test run with <c>PALYRA_APPROVE=1</c> writes it.</summary>
internal static class ApprovedText
{
    private static bool Approving => Environment.GetEnvironmentVariable("PALYRA_APPROVE") == "1";

    /// <summary>Holds a text against the approved one; the first line that differs is named, and so is the command that accepts the new text.</summary>
    /// <param name="actual">The text as it is now.</param>
    /// <param name="path">The approved file, from the root of the repository.</param>
    /// <param name="filter">The test filter that approves this file and no others.</param>
    internal static void Verify(string actual, string path, string filter)
    {
        var file = Path.Combine(RepositoryRoot.Path, path);
        if (Approving)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        var approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (!string.Equals(approved, actual, StringComparison.Ordinal))
        {
            Assert.Fail($"""
                {path} is not what the code says. If the change is meant, approve it and commit the file:
                    PALYRA_APPROVE=1 dotnet test --filter {filter}
                {FirstDifference(approved.Split('\n'), actual.Split('\n'))}
                """);
        }
    }

    private static string FirstDifference(string[] approved, string[] actual)
    {
        var line = 0;
        while (line < approved.Length && line < actual.Length && approved[line] == actual[line])
        {
            line++;
        }

        return $"line {line + 1}\n  approved: {At(approved, line)}\n  actual:   {At(actual, line)}";
    }

    private static string At(string[] lines, int line) => line < lines.Length ? lines[line] : "(the end)";
}
