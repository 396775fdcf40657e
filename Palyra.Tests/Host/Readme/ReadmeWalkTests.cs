using System.Diagnostics;
using System.Text.RegularExpressions;
using Palyra.Tests.Builders;
using Palyra.Tests.Packages;

namespace Palyra.Tests.Host.Readme;

/// <summary>
/// "The first day" of the readme, walked as it is written: the commands are taken from there and given to a shell in the order they stand in, and what each
/// prints must be what is shown under it, by the rule of <see cref="Placeholders"/>.
/// </summary>
/// <remarks>
/// <c>/home/ada</c> is the user's home. The ports in <c>palyra.json</c> are made 0, so that they are free; what the gateway prints in their place stands for
/// them from then on. A command that only looks is given again until it shows what it should: a worker takes a moment to come. A command that complains ends
/// with a code that is not 0, every other one with 0.
/// </remarks>
[Trait("Category", "Slow")]
public sealed partial class ReadmeWalkTests : IDisposable
{
    private static readonly string FirstDay = Transcript.Section(RepositoryRoot.Readme, "## The first day");

    private readonly WalkShell _shell = new();
    private Placeholders _known = Placeholders.None;

    [Fact]
    public async Task FirstDay_EveryCommand_PrintsWhatTheReadmeShows()
    {
        _shell.Write("palyra.json", Ports().Replace(Assert.Single(Transcript.Blocks(FirstDay, "json")), "127.0.0.1:0"));
        foreach (var shown in Transcript.Read(FirstDay))
        {
            await KnowAllOfAsync(shown.Command);
            var step = shown with { Command = _known.Substitute(shown.Command), Output = [.. shown.Output.Select(_shell.AtHome)] };
            await (step.InTerminalOfItsOwn ? _shell.OpenAsync(step) : GiveAsync(step));
        }

        foreach (var terminal in _shell.Terminals)
        {
            await Wait.UntilAsync(() => Look(terminal) == terminal.Shown.Output.Count, () => Difference(terminal.Shown, terminal.Printed));
            Assert.True(terminal.Printed.Length == terminal.Shown.Output.Count, Difference(terminal.Shown, terminal.Printed));
        }

        Assert.Equal(0, await _shell.Terminals[0].StopAsync());
    }

    [Fact]
    public void FirstDay_WalksEveryStepOfANewUser() => Assert.Equal(
        [
            "palyra workers keygen", "palyra gateway", "palyra pairing code", "palyra node install", "palyra nodes pending", "palyra pairing approve", "palyra node start",
            "palyra nodes list", "palyra workers list", "palyra workers events", "palyra workers invoke", "palyra workers quarantine", "palyra workers invoke",
            "palyra nodes revoke", "palyra nodes list", "palyra node uninstall",
        ],
        Transcript.Read(FirstDay).Select(shown => Verb().Match(shown.Command).Value.TrimEnd()));

    [Fact]
    public void FirstDay_EveryBlock_FitsEightyColumns() =>
        Assert.All(Transcript.Blocks(FirstDay, "console").SelectMany(block => block.Split('\n')), line => Assert.True(line.Length <= 80, line));

    public void Dispose() => _shell.Dispose();

    private async Task GiveAsync(Shown step)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var (exitCode, lines) = await _shell.RunAsync(step.Command);
            if (_known.Match(step.Output, lines) is { } known)
            {
                Assert.Equal(step.Output.Any(line => line.StartsWith("palyra: ", StringComparison.Ordinal)), exitCode != 0);
                _known = known;
                return;
            }

            Assert.True(OnlyLooks().IsMatch(step.Command) && patience.Elapsed < WalkShell.Patience, Difference(step, lines));
        }
    }

    /// <summary>Waits until what the terminals print tells everything that a command names.</summary>
    private Task KnowAllOfAsync(string command) => Wait.UntilAsync(
        () =>
        {
            _shell.Terminals.ToList().ForEach(terminal => Look(terminal));
            return _known.Unknown(command).Count == 0;
        },
        () => $"Nothing told what {string.Join(", ", _known.Unknown(command))} stands for in: {command}");

    /// <summary>Compares what a terminal has printed so far.</summary>
    /// <returns>How many lines of it are as shown.</returns>
    private int Look(WalkShell.OwnTerminal terminal)
    {
        var lines = terminal.Printed;
        for (var i = 0; i < lines.Length && i < terminal.Shown.Output.Count; i++)
        {
            _known = _known.Match(terminal.Shown.Output[i], lines[i]) ?? throw new Xunit.Sdk.XunitException(Difference(terminal.Shown, lines));
        }

        return Math.Min(lines.Length, terminal.Shown.Output.Count);
    }

    private static string Difference(Shown step, IEnumerable<string> printed) =>
        $"$ {step.Command}\n--- the readme shows\n{string.Join('\n', step.Output)}\n--- it printed\n{string.Join('\n', printed.SelectMany(Placeholders.Fold))}";

    [GeneratedRegex(@"127\.0\.0\.1:[0-9]+")]
    private static partial Regex Ports();

    [GeneratedRegex("palyra (?:gateway|[a-z]+ [a-z]+)")]
    private static partial Regex Verb();

    [GeneratedRegex("palyra (?:nodes|workers|pairing) (?:list|pending)")]
    private static partial Regex OnlyLooks();
}
