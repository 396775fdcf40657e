using System.Diagnostics;
using System.Globalization;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary>The background process of an installed node: find it, start it, stop it.</summary>
internal static class NodeBackground
{
    private const string EndedAtOnce = "the node process ended at once.";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    /// <summary>The process, when it runs and is the one that was started: a pid alone may belong to another by now.</summary>
    internal static Process? Find(NodeHome home)
    {
        if (NodeProcessFile.Read(home) is not { } file)
        {
            return null;
        }

        Process? process = null;
        try
        {
            process = Process.GetProcessById(file.Pid);
            if (!process.HasExited && Math.Abs(StartOf(process) - file.StartedAtUnixMs) < 10_000)
            {
                return process;
            }
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // No such process, or not ours to look at.
        }

        process?.Dispose();
        return null;
    }

    internal static async Task<NodeProcessFile> StartAsync(NodeHome home, CancellationToken cancellation)
    {
        using (var running = Find(home))
        {
            if (running is not null)
            {
                throw CommandFailureException.Refused(HostReason.NodeAlreadyRunning, $"the node runs already, pid {running.Id}.");
            }
        }

        // Its pipes close with this command; by then it writes to its log files.
        var start = OwnExecutable.StartInfo("node", "run", NodeRun.BackgroundFlag, "--home", home.Path);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The node process did not start.");
        var startedAt = StartOfFresh(process);
        await UntilReadyAsync(process, cancellation);
        var file = new NodeProcessFile(1, process.Id, home.OutputLog, home.ErrorLog, startedAt);
        file.Write(home);
        return file;
    }

    private static async Task UntilReadyAsync(Process process, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(StartPatience);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(patience.Token) != NodeRun.Ready)
            {
                var complaint = (await process.StandardError.ReadToEndAsync(patience.Token)).Split('\n', 2)[0].Replace("palyra: ", "", StringComparison.Ordinal);
                throw CommandFailureException.Refused(HostReason.NodeStartFailed, complaint.Length > 0 ? complaint : EndedAtOnce);
            }
        }
        catch (OperationCanceledException)
        {
            // What nobody has on record nobody could stop.
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw CommandFailureException.Refused(HostReason.NodeStartFailed, $"the node process was not ready after {StartPatience.TotalSeconds:0} s and was ended.");
        }
    }

    /// <summary>When it started, asked while it lives: one that has ended does not tell.</summary>
    private static long StartOfFresh(Process process)
    {
        try
        {
            return StartOf(process);
        }
        catch (InvalidOperationException)
        {
            throw CommandFailureException.Refused(HostReason.NodeStartFailed, EndedAtOnce);
        }
    }

    private static long StartOf(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds();

    /// <summary>Asks the process to stop, and ends it when it does not.</summary>
    /// <returns>The pid that ran; absent when none did.</returns>
    internal static async Task<int?> StopAsync(NodeHome home, CancellationToken cancellation)
    {
        using var process = Find(home);
        if (process is not null)
        {
            await AskAsync(home, process, cancellation);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(StopPatience);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(cancellation);
            }
        }

        File.Delete(home.ProcessFile);
        return process?.Id;
    }

    private static async Task AskAsync(NodeHome home, Process process, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            NodeStopEvent.Set(home);
            return;
        }

        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellation);
    }
}
