using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Palyra.Host.Admin;
using Palyra.Host.CommandLine;
using Spectre.Console;

namespace Palyra.Host.Operator;

/// <summary>What the operator commands share: they find the gateway, ask it one thing, and print the answer as JSON or as a table.</summary>
internal static class OperatorCommand
{
    internal static Option<string?> StateRoot() => new("--state-root")
    {
        Description = "The gateway's state root (default: PALYRA_STATE_ROOT, else the user's own).",
        HelpName = "dir",
    };

    internal static Option<string?> Reason(string description) => new("--reason") { Description = description, HelpName = "text" };

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
            using var client = new AdminClient(AdminAddress.Of(parsed.GetValue(stateRoot) ?? AdminAddress.DefaultStateRoot()));
            await act(parsed, client, Terminal.For(parsed), cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>An id as part of a path: everything that could mean something else there is escaped.</summary>
    internal static string Segment(string? id) => Uri.EscapeDataString(id ?? "");

    /// <summary>One object: JSON, or a line a member.</summary>
    internal static void PrintObject(Terminal terminal, JsonElement answer)
    {
        if (terminal.Json)
        {
            terminal.Out.WriteLine(answer.GetRawText());
            return;
        }

        var width = answer.EnumerateObject().Select(member => member.Name.Length).DefaultIfEmpty().Max();
        foreach (var member in answer.EnumerateObject())
        {
            terminal.WriteLine($"{member.Name.PadRight(width)}  {Cell(member.Name, member.Value)}");
        }
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
            table.AddRow([.. columns.Select(column => new Text(item.TryGetProperty(column, out var cell) ? Cell(column, cell) : ""))]);
        }

        terminal.Ansi.Write(table);
    }

    private static string Heading(string column) => column.Replace("_at_unix_ms", "", StringComparison.Ordinal).Replace("_unix_ms", "", StringComparison.Ordinal).Replace('_', ' ').ToUpperInvariant();

    private static string Cell(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number when name.EndsWith("_unix_ms", StringComparison.Ordinal) && value.TryGetInt64(out var milliseconds) =>
            Domain.Time.UnixTime.From(DateTimeOffset.UnixEpoch).AddMilliseconds(milliseconds).ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => string.Join(", ", value.EnumerateArray().Select(item => item.GetString())),
        _ => value.GetRawText(),
    };
}
