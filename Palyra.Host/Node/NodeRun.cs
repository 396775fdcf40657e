using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary><c>palyra node run</c>: the node itself, in the foreground or as the process that <c>node start</c> left behind.</summary>
internal static class NodeRun
{
    /// <summary>Hidden: says "started" once, then writes to the log files and outlives its terminal.</summary>
    internal const string BackgroundFlag = "--background";

    internal const string Ready = "started";

    internal static Command Build()
    {
        var home = NodeOptions.Home();
        var background = new Option<bool>(BackgroundFlag) { Hidden = true };
        var command = new Command("run", "Serve the gateway in the foreground until stopped.") { home, background };
        command.SetAction((parsed, cancellation) => RunAsync(new NodeHome(parsed.GetValue(home)), parsed.GetValue(background), cancellation));
        return command.WithExamples("palyra node run", "palyra node run --home ./node");
    }

    private static async Task<int> RunAsync(NodeHome home, bool background, CancellationToken cancellation)
    {
        var host = NodeHostFile.ReadOrFail(home);
        using var held = home.Hold();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hungUp = background ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true) : null;
        using var stopEvent = background ? NodeStopEvent.Listen(home, () => stop.Cancel()) : null;
        await using var logs = background ? new BackgroundLogs(home) : null;
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information)
            .AddSimpleConsole(console => console.SingleLine = true)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        using var workshop = NodeWorkshop.Open(host.ToSettings(), loggers);
        logs?.SayReady();
        try
        {
            if (!workshop.Client.IsPaired)
            {
                await Console.Error.WriteLineAsync("palyra: waiting for approval.");
                await NodeInstall.AwaitApprovalAsync(workshop, host, home, stop.Token);
            }

            workshop.Client.Connected += (_, _) => Console.Error.WriteLine($"palyra: connected to {host.GrpcUrl} as {host.DeviceId}.");
            var ended = await workshop.Client.RunAsync(stop.Token);
            return ended.Refusal is { } refusal ? throw CommandFailureException.Refused(refusal) : ExitCode.Ok;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Both outputs go to files that begin anew with every start. Until the node has said that it is ready, whoever started it hears its last word.</summary>
    private sealed class BackgroundLogs : IAsyncDisposable
    {
        private readonly TextWriter _starterOutput = Console.Out;
        private readonly TextWriter _starterError = Console.Error;
        private readonly StreamWriter _output;
        private readonly StreamWriter _error;
        private bool _isReady;

        internal BackgroundLogs(NodeHome home)
        {
            _output = Open(home.OutputLog);
            _error = Open(home.ErrorLog);
            Console.SetOut(_output);
            Console.SetError(_error);
        }

        internal void SayReady()
        {
            _starterOutput.WriteLine(Ready);
            _starterOutput.Flush();
            _isReady = true;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isReady)
            {
                Console.SetOut(_starterOutput);
                Console.SetError(_starterError);
            }

            await _output.FlushAsync();
            await _error.FlushAsync();
        }

        private static StreamWriter Open(string path)
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new StreamWriter(path, options) { AutoFlush = true };
        }
    }
}
