using System.Text.RegularExpressions;
using Palyra.Tests.Packages;

namespace Palyra.Tests.Conventions;

/// <summary>A page that says which tests show what it claims names tests that are there.</summary>
public partial class ShownByTests
{
    private static readonly string[] Pages = [RepositoryRoot.Readme, .. Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "docs"), "*.md").Select(File.ReadAllText)];

    private static readonly string[] Tests =
    [
        .. from type in typeof(ShownByTests).Assembly.GetTypes()
           from method in type.GetMethods()
           where method.IsDefined(typeof(FactAttribute), inherit: true)
           select $"{type.FullName}.{method.Name}",
    ];

    [Fact]
    public void EveryFilter_FindsATest()
    {
        var words = Pages.SelectMany(page => Commands().Matches(page).Select(match => match.Groups[1].Value).Concat(InTables(page))).Where(word => word != "WORD").ToArray();
        Assert.True(words.Length > 20, "The readme shows its claims by more than that.");
        Assert.All(words, word => Assert.Contains(Tests, test => test.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>The words in the last column of tables that are headed by the command.</summary>
    private static IEnumerable<string> InTables(string page) => page.Split("| `dotnet test --filter` |\n").Skip(1)
        .SelectMany(table => table.Split('\n').TakeWhile(row => row.StartsWith('|')))
        .SelectMany(row => Words().Matches(row.TrimEnd('|', ' ').Split(" | ")[^1]))
        .Select(match => match.Groups[1].Value);

    [GeneratedRegex("dotnet test --filter ([A-Za-z_]+)")]
    private static partial Regex Commands();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Words();
}
