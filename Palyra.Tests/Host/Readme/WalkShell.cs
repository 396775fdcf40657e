using System.Diagnostics;
using System.Text;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Readme;

/// <summary>A new user's shell: a home of their own, an empty folder, and <c>palyra</c> on the path.</summary>
internal sealed class WalkShell : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Short, like /home/ada: what is printed is laid out by its length, and the path of a socket is bounded.
    private readonly string _home = Directory.CreateDirectory(Path.Combine("/tmp", $"ada-{Guid.NewGuid().ToString("N")[..5]}")).FullName;
    private readonly string _folder;
    private readonly List<OwnTerminal> _terminals = [];

    internal WalkShell()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_home, "day")).FullName;
        var shim = Path.Combine(Directory.CreateDirectory(Path.Combine(_home, "bin")).FullName, "palyra");
        File.WriteAllText(shim, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "palyra.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    internal IReadOnlyList<OwnTerminal> Terminals => _terminals;

    internal void Write(string file, string content) => File.WriteAllText(Path.Combine(_folder, file), content);

    /// <summary>The text of the readme as it has to be for this user.</summary>
    internal string AtHome(string shown) => shown.Replace("/home/ada", _home, StringComparison.Ordinal);

    /// <summary>Runs a command to its end. Both outputs come as one, as on a terminal.</summary>
    internal async Task<(int ExitCode, string[] Lines)> RunAsync(string command)
    {
        using var process = Start($"{{ {command}\n}} 2>&1");
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, [.. (await output).TrimEnd('\n').Split('\n').Where((line, at) => at > 0 || line.Length > 0)]);
    }

    /// <summary>Runs a command in a terminal of its own, and waits for its first line.</summary>
    internal async Task OpenAsync(Shown shown)
    {
        var terminal = new OwnTerminal(shown, Start("exec " + shown.Command));
        _terminals.Add(terminal);
        await terminal.FirstLine.WaitAsync(Patience);
    }

    public void Dispose()
    {
        foreach (var terminal in _terminals)
        {
            terminal.Dispose();
        }

        // The node runs in the background, a child of nobody here.
        var node = Path.Combine(_home, ".local", "share", "palyra", "node");
        if (File.Exists(Path.Combine(node, "node-host.json")))
        {
            using var uninstall = Start("palyra node uninstall");
            uninstall.WaitForExit();
        }

        Directory.Delete(_home, recursive: true);
    }

    private Process Start(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("PALYRA_", StringComparison.Ordinal) || name == "XDG_DATA_HOME").ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["HOME"] = _home;
        start.Environment["PATH"] = Path.Combine(_home, "bin") + ":" + Environment.GetEnvironmentVariable("PATH");
        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    /// <summary>A command that goes on running; what it prints is kept until somebody looks.</summary>
    internal sealed class OwnTerminal : IDisposable
    {
        private readonly Process _process;
        private readonly Lock _lock = new();
        private readonly List<string> _printed = [];
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal OwnTerminal(Shown shown, Process process)
        {
            Shown = shown;
            _process = process;
            _ = ReadAsync();
        }

        internal Shown Shown { get; }

        internal Task FirstLine => _first.Task;

        /// <summary>What it has printed so far, folded.</summary>
        internal string[] Printed
        {
            get
            {
                lock (_lock)
                {
                    return [.. _printed.SelectMany(Placeholders.Fold)];
                }
            }
        }

        /// <summary>Ctrl-C, or what comes near it, and its exit code.</summary>
        internal async Task<int> StopAsync()
        {
            await PalyraProcess.SignalAsync(_process, "TERM");
            await _process.WaitForExitAsync().WaitAsync(Patience);
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }

            _process.Dispose();
        }

        private async Task ReadAsync()
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                lock (_lock)
                {
                    _printed.Add(line);
                }

                _first.TrySetResult();
            }

            _first.TrySetException(new InvalidOperationException($"{Shown.Command} ended without a word."));
        }
    }
}
