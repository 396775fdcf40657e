namespace Palyra.Tests.Host.Readme;

/// <summary>One command of a readme and what it prints there, line by line.</summary>
/// <param name="Command">What a person types, continued lines joined as the shell joins them.</param>
/// <param name="Output">The lines under it.</param>
/// <param name="InTerminalOfItsOwn">Whether it goes on running beside the commands after it.</param>
internal sealed record Shown(string Command, IReadOnlyList<string> Output, bool InTerminalOfItsOwn);

/// <summary>
/// The commands in the <c>console</c> blocks of a section. A line that begins with <c>$ </c> is a command, and goes on as long as lines end in a backslash;
/// the lines after it are its output. A block that begins with <c># in a terminal of its own</c> holds one command that is not waited for.
/// </summary>
internal static class Transcript
{
    internal const string OwnTerminal = "# in a terminal of its own";

    /// <summary>The text of a section: from its heading to the next of the same rank.</summary>
    internal static string Section(string readme, string heading)
    {
        var start = readme.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The readme has no section {heading}.");
        var end = readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? readme[start..] : readme[start..end];
    }

    /// <summary>The content of each fenced block of a language, without the fences.</summary>
    internal static IEnumerable<string> Blocks(string section, string language) => section.Split($"\n```{language}\n").Skip(1)
        .Select(rest => rest[..rest.IndexOf("\n```", StringComparison.Ordinal)]);

    internal static IReadOnlyList<Shown> Read(string section) => [.. Blocks(section, "console").SelectMany(ReadBlock)];

    private static IEnumerable<Shown> ReadBlock(string block)
    {
        var lines = new Queue<string>(block.Split('\n'));
        var own = lines.Peek() == OwnTerminal;
        if (own)
        {
            lines.Dequeue();
        }

        while (lines.TryDequeue(out var line))
        {
            Assert.True(line.StartsWith("$ ", StringComparison.Ordinal), $"Expected a command: {line}");
            var command = line[2..];
            while (command.EndsWith('\\'))
            {
                command = command[..^1] + lines.Dequeue().TrimStart();
            }

            var output = new List<string>();
            while (lines.TryPeek(out var next) && !next.StartsWith("$ ", StringComparison.Ordinal))
            {
                output.Add(lines.Dequeue());
            }

            yield return new Shown(command, output, own);
        }
    }
}
