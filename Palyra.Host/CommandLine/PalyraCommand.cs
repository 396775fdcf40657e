using System.CommandLine;
using System.CommandLine.Invocation;

namespace Palyra.Host.CommandLine;

/// <summary>
/// The root of the <c>palyra</c> command line. A group of commands is a class in its own folder with <c>static Command Build()</c>;
/// it hangs here with one line.
/// </summary>
internal static class PalyraCommand
{
    internal static RootCommand Build()
    {
        var root = new RootCommand("Run dangerous tools on remote workers, fail-closed.")
        {
            GlobalOptions.Json,
            Demo.DemoCommand.Build(),
            Demo.DemoWorkerCommand.Build(),
            Gateway.GatewayCommand.Build(),
            Node.NodeCommand.Build(),
            Operator.PairingCommand.Build(),
            Operator.NodesCommand.Build(),
            Operator.WorkersCommand.Build(),
            Egress.EgressCommand.Build(),
            Replay.ReplayCommand.Build(),
            State.StateCommand.Build(),
            Audit.AuditCommand.Build(),
        };
        root.WithExamples(
            "palyra demo",
            "palyra gateway --state-root ./state",
            "palyra pairing code",
            "palyra node install --grpc-url https://gw:7143 --gateway-ca ca.pem",
            "palyra workers list");
        Examples.InstallHelp(root);
        return root;
    }

    internal static async Task<int> InvokeAsync(string[] args)
    {
        var parsed = Build().Parse(args);
        try
        {
            if (parsed.Action is ParseErrorAction complaint)
            {
                InvokeOnErrorStream(complaint, parsed);
                return ExitCode.Usage;
            }

            // A command that must end in order (the gateway, a node) registers for signals itself; the frame never kills it half-way.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (CommandFailureException told) when (told.IsToldInJson && GlobalOptions.WantsJson(parsed))
        {
            return told.ExitCode;
        }
        catch (CommandFailureException failure)
        {
            return Complain(parsed, failure.ExitCode, failure.Code, failure.Message);
        }
        catch (OperationCanceledException)
        {
            return Complain(parsed, ExitCode.Refused, HostReason.Cancelled, "cancelled");
        }
        catch (Exception unforeseen) when (unforeseen is not OutOfMemoryException)
        {
            return Complain(parsed, ExitCode.Refused, HostReason.Unexpected, $"{unforeseen.GetType().Name}: {FirstLine(unforeseen.Message)}");
        }
    }

    private static int Complain(ParseResult parsed, int exitCode, string code, string message)
    {
        if (GlobalOptions.WantsJson(parsed))
        {
            JsonLine.Write(Console.Out, json =>
            {
                json.WriteBoolean("ok", false);
                json.WriteString("code", code);
                json.WriteString("message", message);
            });
        }
        else
        {
            // Only what is wrong with the command itself is in this process's own words; a refusal may be in a worker's, and a second line would pass for one of ours.
            var told = exitCode == ExitCode.Usage ? Printable.Lines(message) : Printable.Line(message);
            Console.Error.WriteLine($"palyra: {told}" + (exitCode == ExitCode.Refused ? $" ({Printable.Line(code)})" : ""));
        }

        return exitCode;
    }

    private static void InvokeOnErrorStream(ParseErrorAction complaint, ParseResult parsed)
    {
        complaint.ShowHelp = false;
        complaint.ShowTypoCorrections = true;
        parsed.InvocationConfiguration.Output = Console.Error;
        parsed.InvocationConfiguration.Error = Console.Error;
        complaint.Invoke(parsed);
        var path = "";
        for (Symbol? at = parsed.CommandResult.Command; at is not null and not RootCommand; at = at.Parents.FirstOrDefault())
        {
            path = " " + at.Name + path;
        }

        Console.Error.WriteLine($"Try: palyra{path} --help");
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();
}
