using System.Diagnostics;

namespace Palyra.Tests.Interop;

/// <summary>The other implementation, in a process of its own. It prints a line for each check; what it prints is read as it comes.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly List<string> _heard = [];
    private readonly Task<string> _errors;

    private Peer(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The interpreter to run the peer with; <see langword="null"/> where interop is not asked for.</summary>
    internal static string? Interpreter => Environment.GetEnvironmentVariable("PALYRA_INTEROP_PYTHON");

    /// <summary>Starts the peer with the product's .proto files and the tests' own.</summary>
    internal static Peer Start(string mode, params string[] arguments)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Interop");
        var start = new ProcessStartInfo(Interpreter!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-u", Path.Combine(folder, "Peer", "peer.py"), mode, Path.Combine(folder, "Protos"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new Peer(Process.Start(start)!);
    }

    /// <summary>Reads on until a line begins with the word, and gives the rest of it. Fails with all that was said when the peer ends before.</summary>
    internal async Task<string> HearAsync(string word)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            _heard.Add(line);
            if (line.StartsWith(word + " ", StringComparison.Ordinal))
            {
                return line[(word.Length + 1)..];
            }
        }

        throw new InvalidOperationException($"The peer ended without '{word}':\n{string.Join('\n', _heard)}\n{await _errors}");
    }

    /// <summary>Reads on to the end; the peer must have found everything as it should be.</summary>
    internal async Task<IReadOnlyList<string>> FinishAsync()
    {
        _process.StandardInput.Close();
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            _heard.Add(line);
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(_process.ExitCode == 0 && _heard[^1] == "ok all", $"{string.Join('\n', _heard)}\n{await _errors}");
        return _heard;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
