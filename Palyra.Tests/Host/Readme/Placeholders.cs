using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Palyra.Tests.Host.Readme;

/// <summary>
/// The rule by which what a run prints is held against what a readme shows. Everything is literal, but for two things:
/// <list type="bullet">
/// <item>An id (ULID), a code of six digits, a digest (64 hexadecimal digits) and an address 127.0.0.1:port stand for whatever the run has in their place, and
/// the same one stands for the same thing everywhere, in later commands too.</item>
/// <item>A time, an age, the number after <c>pid</c> and <c>duration_ms</c> and the name after <c>decided_by</c> stand for any other of their kind.</item>
/// </list>
/// Two or more spaces are as good as any other number of them, none counts at the end of a line, and a line of more than 80 columns is folded at spaces.
/// </summary>
internal sealed partial class Placeholders
{
    private const int Columns = 80;

    private Placeholders(ImmutableDictionary<string, string> bound) => Bound = bound;

    internal static Placeholders None { get; } = new([]);

    /// <summary>What stands in the readme → what stands in the run.</summary>
    internal ImmutableDictionary<string, string> Bound { get; }

    /// <summary>A line of the readme held against one of the run.</summary>
    /// <returns>What is known after it; absent when they differ.</returns>
    internal Placeholders? Match(string shown, string printed)
    {
        var names = new List<string>();
        var pattern = new StringBuilder("^");
        var at = 0;
        foreach (Match token in Token().Matches(shown.TrimEnd()))
        {
            pattern.Append(Literal(shown[at..token.Index]));
            at = token.Index + token.Length;
            var kind = token.Groups.Cast<Group>().Skip(1).First(group => group.Success);
            if (kind.Name is "time" or "clock" or "age" or "number" or "name")
            {
                pattern.Append(Pattern(kind.Name));
                continue;
            }

            names.Add(token.Value);
            pattern.Append(Bound.TryGetValue(token.Value, out var known) ? $"({Regex.Escape(known)})" : $"({Pattern(kind.Name)})");
        }

        pattern.Append(Literal(shown[at..].TrimEnd())).Append('$');
        var match = Regex.Match(printed.TrimEnd(), pattern.ToString(), RegexOptions.CultureInvariant);
        if (!match.Success)
        {
            return null;
        }

        var bound = Bound;
        for (var i = 0; i < names.Count; i++)
        {
            var value = match.Groups[i + 1].Value;
            // The same name twice in one line, or one thing under two names: neither may pass.
            if ((bound.TryGetValue(names[i], out var before) && before != value) || bound.Any(pair => pair.Value == value && pair.Key != names[i]))
            {
                return null;
            }

            bound = bound.SetItem(names[i], value);
        }

        return new Placeholders(bound);
    }

    /// <summary>A whole output held against the one in the readme.</summary>
    internal Placeholders? Match(IReadOnlyList<string> shown, IEnumerable<string> printed)
    {
        var folded = printed.SelectMany(Fold).ToArray();
        var known = folded.Length == shown.Count ? this : null;
        for (var i = 0; i < shown.Count && known is not null; i++)
        {
            known = known.Match(shown[i], folded[i]);
        }

        return known;
    }

    /// <summary>The names in a command that stand for something which the run has not shown yet.</summary>
    internal IReadOnlyList<string> Unknown(string command) => [.. Bindable(command).Where(name => !Bound.ContainsKey(name))];

    /// <summary>A command of the readme as the run has to give it.</summary>
    internal string Substitute(string command) => Bindable(command).Distinct().Aggregate(command, (text, name) => text.Replace(name, Bound[name], StringComparison.Ordinal));

    /// <summary>A line in pieces of at most 80 columns, cut behind spaces where there are any.</summary>
    internal static IEnumerable<string> Fold(string line)
    {
        line = line.TrimEnd();
        while (line.Length > Columns)
        {
            var cut = line.LastIndexOf(' ', Columns - 1) + 1;
            cut = cut > 0 ? cut : Columns;
            yield return line[..cut].TrimEnd();
            line = line[cut..];
        }

        yield return line;
    }

    private static IEnumerable<string> Bindable(string text) => Token().Matches(text)
        .Where(token => token.Groups["ulid"].Success || token.Groups["digest"].Success || token.Groups["code"].Success || token.Groups["address"].Success)
        .Select(token => token.Value);

    private static string Literal(string text) => Spaces().Replace(Regex.Escape(text), match => match.Value.Length > 2 ? " {2,}" : match.Value);

    private static string Pattern(string kind) => kind switch
    {
        "ulid" => "[0-7][0-9A-HJKMNP-TV-Z]{25}",
        "digest" => "[0-9a-f]{64}",
        "code" => "[0-9]{6}",
        "address" => @"127\.0\.0\.1:[0-9]+",
        "time" => "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}Z",
        "clock" => "[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
        "age" => "(?:in [0-9]+ (?:s|min|h|d)|[0-9]+ (?:s|min|h|d) ago)",
        "number" => "[0-9]+",
        "name" => @"\S+",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };

    [GeneratedRegex(
        @"(?<number>(?<=^(?:pid|duration_ms) +)[0-9]+)|(?<name>(?<=^decided_by +)\S+)|(?<ulid>\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b)|(?<digest>\b[0-9a-f]{64}\b)"
        + @"|(?<address>127\.0\.0\.1:[0-9]+)|(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}Z)|(?<clock>\b[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
        + @"|(?<age>in [0-9]+ (?:s|min|h|d)\b|\b[0-9]+ (?:s|min|h|d) ago)|(?<code>(?<![\w.])[0-9]{6}(?![\w.]))",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();

    // Regex.Escape writes a space as backslash and space.
    [GeneratedRegex(@"(?:\\ )+")]
    private static partial Regex Spaces();
}
