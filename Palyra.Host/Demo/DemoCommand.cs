using System.CommandLine;
using System.Runtime.InteropServices;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Demo;

/// <summary><c>palyra demo</c>: the main job on this machine, in one command, every joint real.</summary>
internal static class DemoCommand
{
    private const string WorkerCrash = "worker-crash";
    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the state folder for a look." };
    private static readonly Option<string?> Fail = new("--fail") { Description = "What goes wrong half-way: worker-crash kills the worker process.", HelpName = "fault" };

    internal static Command Build()
    {
        Fail.AcceptOnlyFromAmong(WorkerCrash);
        var command = new Command("demo", "Run a tool on a remote worker, end to end, on this machine.") { Keep, Fail };
        command.SetAction(RunAsync);
        return command.WithExamples("palyra demo", "palyra demo --json", "palyra demo --fail worker-crash", "palyra demo --keep");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        // Stopped half-way, the step under way fails and what was made is removed all the same.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var keep = parsed.GetValue(Keep);
        var root = Directory.CreateTempSubdirectory("palyra-demo-").FullName;
        var report = new DemoReport(Terminal.For(parsed));
        IReadOnlyList<string> files = [];
        try
        {
            await using var scenario = new DemoScenario(root, report);
            report.Begin("Palyra: one tool call on a remote worker, fail-closed, every joint real.");
            await scenario.RunAsync(workerCrash: parsed.GetValue(Fail) == WorkerCrash, stop.Token);
        }
        finally
        {
            files = [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal)];
            report.End(root, keep, files);
            if (!keep)
            {
                Directory.Delete(root, recursive: true);
            }
        }

        return report.Ok ? ExitCode.Ok : ExitCode.Refused;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
