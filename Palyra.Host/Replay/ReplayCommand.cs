using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Replay;

/// <summary><c>palyra replay fleet FILE</c>: what a log of acts does to an empty fleet.</summary>
internal static class ReplayCommand
{
    internal static Command Build()
    {
        var file = new Argument<string>("file") { Description = "The log, one JSON object a line; - for standard input." };
        var requireSigned = new Option<bool>("--require-signed") { Description = "Refuse attestations that carry no signature." };
        var fleet = new Command("fleet", "Apply a log of acts to an empty fleet, one result a line.") { file, requireSigned };
        fleet.SetAction(async (parsed, cancellation) =>
        {
            await using var input = Open(parsed.GetValue(file)!);
            await using var output = Console.OpenStandardOutput();
            await FleetReplay.RunAsync(input, output, parsed.GetValue(requireSigned), cancellation);
            return ExitCode.Ok;
        });
        fleet.WithExamples(
            "palyra replay fleet incident.ndjson",
            "palyra replay fleet - < incident.ndjson");
        return new Command("replay", "Replay an incident.") { fleet }.WithExamples("palyra replay fleet incident.ndjson");
    }

    private static Stream Open(string path)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CommandFailureException.Usage($"Cannot read {path}: {problem.Message}");
        }
    }
}
