using System.CommandLine;
using System.Text;
using System.Text.Json;
using Palyra.Adapters.Egress.Dns;
using Palyra.Domain.Egress;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress check</c>: the verdict for one URL, or one verdict a line for requests on standard input.</summary>
internal static class CheckCommand
{
    private static readonly Argument<string?> Url = new("URL") { Description = "The URL to judge.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> Stdin = new("--stdin")
    {
        Description = "Read requests from standard input, one JSON object a line, and write one verdict a line. Asks no DNS unless --resolve is given.",
    };

    private static readonly Option<bool> Resolve = new("--resolve") { Description = "With --stdin: resolve names whose line gives no addresses." };

    internal static Command Build()
    {
        var command = new Command("check", "Say whether a request may leave, which check decided, and what would have to change.")
        {
            Url,
            Stdin,
            Resolve,
        }.WithExamples(
            "palyra egress check https://api.example.com --allow-host api.example.com",
            "palyra egress check http://169.254.169.254/ --allow-any-host",
            "palyra egress check https://api.example.com --config palyra.json --tool search",
            "palyra egress check --stdin < requests.ndjson");
        CheckFlags.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Stdin) == (result.GetValue(Url) is not null))
            {
                result.AddError("Give either a URL or --stdin.");
            }
            else if (result.GetValue(Stdin) && CheckFlags.FirstGiven(result) is { } flag)
            {
                result.AddError($"{flag} has no effect on --stdin: each line brings its own policy and request.");
            }
            else if (!result.GetValue(Stdin) && result.GetValue(Resolve))
            {
                result.AddError("--resolve has no effect on a URL: its name is resolved unless --no-resolve is given.");
            }
            else if (CheckFlags.Conflict(result) is { } conflict)
            {
                result.AddError(conflict);
            }
        });
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(Stdin)
            ? RunLinesAsync(parsed.GetValue(Resolve), cancellationToken)
            : RunOneAsync(parsed, cancellationToken));
        return command;
    }

    private static async Task<int> RunOneAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = Terminal.For(parsed);
        var line = CheckFlags.Read(parsed, parsed.GetValue(Url)!);
        var verdict = await JudgeAsync(line, resolve: !CheckFlags.IsOffline(parsed), cancellationToken);
        if (terminal.Json)
        {
            terminal.WriteJson(json =>
            {
                VerdictJson.Write(json, verdict);
                VerdictJson.WriteExplanation(json, verdict);
            });
        }
        else
        {
            Explain(terminal, verdict);
        }

        return verdict.Allowed ? ExitCode.Ok : ExitCode.Refused;
    }

    private static void Explain(Terminal terminal, in EgressVerdict verdict)
    {
        terminal.WriteLine($"{(verdict.Allowed ? "allowed" : "denied")}  {verdict.ReasonCode}");
        terminal.WriteLine($"  {verdict.Message}");
        if (verdict.Denial is { } denial)
        {
            var check = JsonNamingPolicy.KebabCaseLower.ConvertName(verdict.Check.ToString());
            terminal.WriteLine($"  check:      {check} ({(int)verdict.Check} of {(int)EgressCheck.NetworkIsolation})");
            terminal.WriteLine($"  to change:  {denial.Remedy}");
        }

        if (verdict.Host is { } host)
        {
            terminal.WriteLine($"  target:     {host} port {verdict.Port}");
        }

        if (verdict.Allowed)
        {
            terminal.WriteLine($"  addresses:  {string.Join(' ', verdict.Addresses)}");
        }

        terminal.WriteLine($"  request:    {verdict.RequestFingerprint}");
    }

    private static async Task<int> RunLinesAsync(bool resolve, CancellationToken cancellationToken)
    {
        var lines = new BoundedLines(Console.OpenStandardInput(), CheckLine.MaxBytes);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024);
        for (var seq = 0L; await lines.ReadAsync(cancellationToken) is { } bytes; seq++)
        {
            var verdict = await JudgeLineAsync(bytes, seq == 0, resolve, cancellationToken);
            var number = seq;
            output.Write(JsonLine.Format(json =>
            {
                json.WriteNumber("seq", number);
                VerdictJson.Write(json, verdict);
            }));
            output.Write('\n');
            if (!lines.HasLineAtHand)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        return ExitCode.Ok;
    }

    private static async Task<EgressVerdict> JudgeLineAsync(BoundedLines.Line line, bool isFirst, bool resolve, CancellationToken cancellationToken)
    {
        if (line.TooLong)
        {
            return EgressVerdict.Deny(new EgressDenial.InvalidRequest($"The line is longer than {CheckLine.MaxBytes} bytes."));
        }

        var bytes = isFirst && line.Bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? line.Bytes[Encoding.UTF8.Preamble.Length..] : line.Bytes;
        return CheckLineReader.Read(bytes, out var check) is { } malformed
            ? EgressVerdict.Deny(malformed)
            : await JudgeAsync(check!, resolve, cancellationToken);
    }

    private static async Task<EgressVerdict> JudgeAsync(CheckLine line, bool resolve, CancellationToken cancellationToken)
    {
        if (!resolve || line.Resolution != default)
        {
            return line.Judge();
        }

        if (!line.JudgeTarget().TryGetTarget(out var target, out var denial))
        {
            return denial;
        }

        if (!target.Literal.IsEmpty)
        {
            return CheckLine.Judge(target, default);
        }

        var answer = await new SystemNameResolver().ResolveAsync(target.Host, cancellationToken);
        return CheckLine.Judge(target, new GivenResolution([.. answer.Addresses], answer.Problem));
    }
}
