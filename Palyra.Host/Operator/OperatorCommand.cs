using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Palyra.Host.Admin;
using Palyra.Host.CommandLine;
using Palyra.Host.Configuration;
using Spectre.Console;

namespace Palyra.Host.Operator;

/// <summary>What the operator commands share: they find the gateway, ask it one thing, and print the answer as JSON or as a table.</summary>
internal static class OperatorCommand
{
    private const int Columns = 80;

    internal static Option<string?> StateRoot() => new("--state-root")
    {
        Description = "The gateway's state root (default: as the gateway finds it).",
        HelpName = "dir",
    };

    internal static Option<string?> Reason(string description) => new("--reason") { Description = description, HelpName = "text" };

    /// <summary>A number of seconds within a range, which the help shows; another one is a usage error.</summary>
    internal static Option<int> Seconds(string name, string description, int otherwise, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description}, {least} to {most}.", DefaultValueFactory = _ => otherwise, HelpName = "s" };
        option.Validators.Add(given =>
        {
            // What is no number at all is refused by its type.
            if (given.Tokens.Any(token => int.TryParse(token.Value, CultureInfo.InvariantCulture, out var seconds) && (seconds < least || seconds > most)))
            {
                given.AddError($"{name} must be {least} to {most} seconds.");
            }
        });
        return option;
    }

    /// <summary>A leaf command: it has the gateway's state root as an option and does one thing with a client.</summary>
    internal static Command Leaf(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, AdminClient, Terminal, CancellationToken, Task> act)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        var stateRoot = StateRoot();
        command.Add(stateRoot);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new AdminClient(AdminAddress.Of(parsed.GetValue(stateRoot) ?? ConfiguredStateRoot.Find()));
            await act(parsed, client, Terminal.For(parsed), cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>An id as part of a path: everything that could mean something else there is escaped.</summary>
    internal static string Segment(string? id) => Uri.EscapeDataString(id ?? "");

    /// <summary>One object: JSON, or a line a member; for a person without what is absent, and of long ones only the members named.</summary>
    internal static void PrintObject(Terminal terminal, JsonElement answer, params string[] members)
    {
        if (terminal.Json)
        {
            terminal.Out.WriteLine(answer.GetRawText());
            return;
        }

        var shown = answer.EnumerateObject()
            .Where(member => member.Value.ValueKind != JsonValueKind.Null && (members.Length == 0 || members.Contains(member.Name)))
            .Select(member => (Label: Label(member.Name), member.Name, member.Value)).ToArray();
        var width = shown.Select(member => member.Label.Length).DefaultIfEmpty().Max();
        foreach (var (label, name, value) in shown)
        {
            var line = $"{label.PadRight(width)}  {Cell(name, value)}";
            terminal.WriteLine(line.Length <= Columns ? line.TrimEnd() : label + string.Concat(Parts(name, value).Select(part => "\n  " + part)));
        }
    }

    /// <summary>An object of this command's own making.</summary>
    internal static void Print(Terminal terminal, Action<Utf8JsonWriter> members)
    {
        using var document = JsonDocument.Parse(JsonLine.Format(members));
        PrintObject(terminal, document.RootElement);
    }

    /// <summary>A list: one JSON object a line, or a table of these members.</summary>
    internal static void PrintList(Terminal terminal, JsonElement answer, string empty, params string[] columns)
    {
        if (terminal.Json)
        {
            foreach (var item in answer.EnumerateArray())
            {
                terminal.Out.WriteLine(item.GetRawText());
            }

            return;
        }

        if (answer.GetArrayLength() == 0)
        {
            terminal.WriteLine(empty);
            return;
        }

        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(Heading(column))).NoWrap().PadRight(2));
        }

        foreach (var item in answer.EnumerateArray())
        {
            table.AddRow([.. columns.Select(column => new Text(item.TryGetProperty(column, out var cell) ? TableCell(column, cell) : ""))]);
        }

        terminal.Ansi.Write(table);
    }

    private static string Heading(string column) => column.Replace("_at_unix_ms", "", StringComparison.Ordinal).Replace("_unix_ms", "", StringComparison.Ordinal).Replace('_', ' ').ToUpperInvariant();

    private static string Label(string name) => name.EndsWith("_unix_ms", StringComparison.Ordinal) ? name[..^"_unix_ms".Length] : name;

    private static IEnumerable<string> Parts(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => Cell(name, item)) : [Cell(name, value)];

    /// <summary>In a table a time is told from now: what a person asks of a list is how long ago or how soon.</summary>
    private static string TableCell(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && name.EndsWith("_unix_ms", StringComparison.Ordinal) && value.TryGetInt64(out var milliseconds)
            ? RelativeTime.Format(milliseconds, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
            : Cell(name, value);

    private static string Cell(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => Printable.Line(value.GetString()!),
        JsonValueKind.Number when name.EndsWith("_unix_ms", StringComparison.Ordinal) && value.TryGetInt64(out var milliseconds) =>
            Domain.Time.UnixTime.From(DateTimeOffset.UnixEpoch).AddMilliseconds(milliseconds).ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => string.Join(", ", value.EnumerateArray().Select(item => Printable.Line(item.GetString()!))),
        _ => Printable.Line(value.GetRawText()),
    };
}
