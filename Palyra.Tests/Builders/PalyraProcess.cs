using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Palyra.Tests.Builders;

/// <summary>The <c>palyra</c> executable as a child process, as a person would run it.</summary>
public sealed class PalyraProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly Process _process;

    private PalyraProcess(Process process) => _process = process;

    public Process Process => _process;

    // Under nohup a suite ignores SIGHUP and hands that down; a process under test is to hear it.
    private static bool IgnoresHangUp { get; } =
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } ignored
        && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & 1) != 0;

    public static PalyraProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static PalyraProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(IgnoresHangUp ? "env" : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        if (IgnoresHangUp)
        {
            start.ArgumentList.Add("--default-signal=HUP");
            start.ArgumentList.Add("dotnet");
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "palyra.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // What steers the suite, or whoever runs it, is no setting of the process under test.
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("PALYRA_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new PalyraProcess(Process.Start(start)!);
    }

    public static Task<Finished> RunAsync(params string[] arguments) => RunAsync("", arguments);

    public static async Task<Finished> RunAsync(string input, string[] arguments)
    {
        using var palyra = Start(arguments);
        await palyra._process.StandardInput.WriteAsync(input);
        palyra._process.StandardInput.Close();
        return await palyra.FinishAsync();
    }

    /// <summary>Waits for the end and collects what is left of both outputs.</summary>
    public async Task<Finished> FinishAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var output = _process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = _process.StandardError.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return new Finished(_process.ExitCode, await output, await error);
    }

    /// <summary>Sends a signal: TERM, HUP or INT.</summary>
    public Task SignalAsync(string signal) => SignalAsync(_process, signal);

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
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

    public sealed record Finished(int ExitCode, string Output, string Error)
    {
        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
