using System.CommandLine;
using System.CommandLine.Parsing;
using Palyra.Host.CommandLine;

namespace Palyra.Tests.Unit.Host.CommandLine;

/// <summary>The help of every command there is.</summary>
public sealed class HelpTests
{
    /// <summary>Every command a person may see, as what they type.</summary>
    public static TheoryData<string> Commands => new(Walk(PalyraCommand.Build(), "palyra"));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfEveryCommand_FitsEightyColumnsAndEndsWithExamplesThatParse(string command)
    {
        var lines = await HelpAsync(command);

        Assert.All(lines, line => Assert.True(line.Length <= 80, $"{line.Length} columns: {line}"));
        Assert.True(lines.Length > 3 && lines[1].Trim().Length > 10, "There is no description.");
        Assert.Contains(lines, line => line.Contains("--json", StringComparison.Ordinal));
        var at = Array.IndexOf(lines, "Examples:");
        Assert.True(at > 0, "There are no examples.");
        var examples = CommandLines(lines[(at + 1)..]);
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.StartsWith(command, example, StringComparison.Ordinal);
            var parsed = PalyraCommand.Build().Parse([.. CommandLineParser.SplitCommandLine(example).Skip(1)]);
            Assert.Empty(parsed.Errors.Select(error => $"{example}: {error.Message}"));
        });
    }

    [Fact]
    public void Commands_AreThoseOfTheSpecification() => Assert.Superset(
        new HashSet<string>(
        [
            "demo", "gateway", "node install", "node run", "node start", "node stop", "node restart", "node status", "node uninstall", "pairing code", "pairing list",
            "pairing approve", "pairing reject", "nodes list", "nodes pending", "nodes describe", "nodes status", "nodes invoke", "nodes revoke", "workers list",
            "workers events", "workers quarantine", "workers drain", "workers resume", "workers reverify", "workers force-cleanup", "workers revoke-lease",
            "workers attest", "egress check", "egress classify", "audit verify", "state check", "replay fleet",
        ]),
        Walk(PalyraCommand.Build(), "palyra").Select(command => command["palyra".Length..].TrimStart()).ToHashSet());

    private static IEnumerable<string> Walk(Command command, string path) =>
        command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Walk(sub, $"{path} {sub.Name}")).Prepend(path);

    private static async Task<string[]> HelpAsync(string command)
    {
        using var output = new StringWriter();
        var code = await PalyraCommand.Build().Parse([.. command.Split(' ').Skip(1), "--help"]).InvokeAsync(new InvocationConfiguration { Output = output, Error = output });
        Assert.Equal(0, code);
        return [.. output.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
    }

    /// <summary>The palyra command of each example: continued lines joined, and without what a shell would take off: variables, what is piped in, redirections.</summary>
    private static string[] CommandLines(string[] lines) =>
    [
        .. string.Join('\n', lines.Select(line => line.Trim())).Replace("\\\n", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(" | ")[^1].Split(" < ")[0].Split(" > ")[0])
            .Select(line => line[line.IndexOf("palyra ", StringComparison.Ordinal)..]),
    ];
}
