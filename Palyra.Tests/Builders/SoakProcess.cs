using System.Diagnostics;

namespace Palyra.Tests.Builders;

/// <summary><c>palyra-bench soak persist DIR</c> as a child process that is there to be killed.</summary>
internal sealed class SoakProcess : IDisposable
{
    private readonly Process _process;

    private SoakProcess(Process process) => _process = process;

    public static SoakProcess Start(string folder)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "palyra-bench.dll"));
        start.ArgumentList.Add("soak");
        start.ArgumentList.Add("persist");
        start.ArgumentList.Add(folder);
        return new SoakProcess(Process.Start(start)!);
    }

    /// <summary>Reads ids until the moment has come, kills the process with SIGKILL, and gives every id it had printed.</summary>
    public async Task<List<string>> KillWhenAsync(Func<int, bool> momentHasCome)
    {
        List<string> ids = [];
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            ids.Add(line);
            if (momentHasCome(ids.Count))
            {
                _process.Kill();
                break;
            }
        }

        var rest = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();

        // A last line without its end was not printed whole.
        ids.AddRange(rest.Split('\n')[..^1]);
        return ids;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
