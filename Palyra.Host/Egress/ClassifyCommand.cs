using System.CommandLine;
using System.Text;
using Palyra.Domain.Egress.Addresses;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress classify --stdin</c>: one address a line, one {ip, globally_reachable, block, reason} a line.</summary>
internal static class ClassifyCommand
{
    private const int MaxBytes = 1024;

    private static readonly Option<bool> Stdin = new("--stdin") { Description = "Read one address a line from standard input." };

    private static readonly Argument<string[]> Addresses = new("ADDRESS")
    {
        Description = "Addresses to classify.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    internal static Command Build()
    {
        var command = new Command("classify", "Say whether addresses are globally reachable, and by which row of the table.")
        {
            Addresses,
            Stdin,
        }.WithExamples("palyra egress classify 10.0.0.1 2606:4700::1111", "echo 64:ff9b::a9fe:a9fe | palyra egress classify --stdin");
        command.Validators.Add(result =>
        {
            if (result.GetValue(Stdin) == result.GetValue(Addresses) is { Length: > 0 })
            {
                result.AddError("Give either addresses or --stdin.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = Terminal.For(parsed);
        if (!parsed.GetValue(Stdin))
        {
            foreach (var text in parsed.GetValue(Addresses)!)
            {
                WriteLine(terminal.Out, text);
            }

            return ExitCode.Ok;
        }

        var lines = new BoundedLines(Console.OpenStandardInput(), MaxBytes);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            WriteLine(output, line.TooLong ? "" : Encoding.UTF8.GetString(line.Bytes.Span));
            if (!lines.HasLineAtHand)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        return ExitCode.Ok;
    }

    private static void WriteLine(TextWriter output, string given)
    {
        var text = given.Trim(' ', '\t', '\uFEFF');
        var parsed = InternetAddress.TryParse(text, out var address);
        var classification = AddressTable.Classify(address);
        output.Write(JsonLine.Format(json =>
        {
            json.WriteString("ip", text);
            json.WriteBoolean("globally_reachable", classification.IsGloballyReachable);
            json.WriteString("block", classification.DecidingBlock?.Cidr);
            json.WriteString("reason", parsed
                ? classification.Reason
                : "Not an IP address in canonical notation (no zone id, brackets, port or leading zeros); counts as unreachable.");
        }));
        output.Write('\n');
    }
}
