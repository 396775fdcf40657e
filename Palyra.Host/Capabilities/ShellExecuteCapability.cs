using System.Collections.Frozen;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary>
/// <c>shell.execute</c> <c>{"executable": name, "arguments"?: [text], "timeout_ms"?: n}</c>: starts one of the allowed executables, without a
/// shell, in an empty folder, with an environment of its own. Off unless a node names it and lists executables.
/// </summary>
/// <remarks>
/// Limits: 64 arguments of 4 KiB, 60 s, 256 KiB of each output (the rest is read and dropped), nothing on standard input. The environment
/// holds <c>PATH</c>, <c>HOME</c> and <c>LANG</c> only. Cancellation and the time limit kill the whole process tree.
/// </remarks>
internal sealed class ShellExecuteCapability : INodeCapability
{
    private const int MaxArguments = 64;
    private const int MaxArgumentLength = 4096;
    private const int MaxOutputBytes = 256 * 1024;
    private const long MaxMilliseconds = 60_000;
    private readonly FrozenDictionary<string, string> _executables;

    /// <summary>Allows executables by absolute path; each is called by its file name. Anything else is a mistake of the operator's.</summary>
    /// <exception cref="ArgumentException">A path is not absolute, does not exist, or its file name is listed twice.</exception>
    internal ShellExecuteCapability(IEnumerable<string> allowedPaths)
    {
        var byName = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in allowedPaths)
        {
            if (!Path.IsPathFullyQualified(path) || !File.Exists(path))
            {
                throw new ArgumentException($"{path}: an allowed executable is named by its absolute path and exists.", nameof(allowedPaths));
            }

            if (!byName.TryAdd(Path.GetFileName(path), Path.GetFullPath(path)))
            {
                throw new ArgumentException($"{path}: another allowed executable has the same file name.", nameof(allowedPaths));
            }
        }

        _executables = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public string Name => "shell.execute";

    public async ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken)
    {
        if (!CapabilityJson.TryReadObject(invocation.InputJson, out var document))
        {
            return CapabilityOutput.Failed("invalid_input: shell.execute takes one JSON object");
        }

        using (document)
        {
            var input = document.RootElement;
            if (input.Text("executable") is not { } name || !_executables.TryGetValue(name, out var path))
            {
                return CapabilityOutput.Failed("executable_not_allowed: the executable is not on this node's allowlist");
            }

            var limit = input.TryGetProperty("timeout_ms", out _) ? input.Number("timeout_ms") : MaxMilliseconds;
            if (limit is not (> 0 and <= MaxMilliseconds and var milliseconds))
            {
                return CapabilityOutput.Failed($"invalid_input: timeout_ms must be 1 to {MaxMilliseconds}");
            }

            if (Arguments(input) is not { } arguments)
            {
                return CapabilityOutput.Failed($"invalid_input: arguments must be at most {MaxArguments} texts of at most {MaxArgumentLength} characters");
            }

            return await RunAsync(path, arguments, TimeSpan.FromMilliseconds(milliseconds), cancellationToken);
        }
    }

    private static async Task<CapabilityOutput> RunAsync(string path, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("palyra-shell-");
        try
        {
            var start = new ProcessStartInfo(path)
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                CreateNoWindow = true,
            };
            start.Environment.Clear();
            start.Environment["PATH"] = OperatingSystem.IsWindows() ? Environment.SystemDirectory : "/usr/local/bin:/usr/bin:/bin";
            start.Environment["HOME"] = folder.FullName;
            start.Environment["LANG"] = "C.UTF-8";
            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limited.CancelAfter(limit);
            var output = DrainAsync(process.StandardOutput.BaseStream, limited.Token);
            var error = DrainAsync(process.StandardError.BaseStream, limited.Token);
            var timedOut = false;
            try
            {
                await process.WaitForExitAsync(limited.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                cancellation.ThrowIfCancellationRequested();
                timedOut = true;
            }

            var (stdout, stdoutCut) = await output;
            var (stderr, stderrCut) = await error;
            return CapabilityJson.Answer(json =>
            {
                json.WriteNumber("exit_code", process.ExitCode);
                json.WriteBoolean("timed_out", timedOut);
                json.WriteString("stdout", stdout);
                json.WriteString("stderr", stderr);
                json.WriteBoolean("truncated", stdoutCut || stderrCut);
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<string>? Arguments(JsonElement input)
    {
        if (!input.TryGetProperty("arguments", out var list))
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxArguments)
        {
            return null;
        }

        var arguments = new List<string>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: <= MaxArgumentLength } text || text.Contains('\0', StringComparison.Ordinal))
            {
                return null;
            }

            arguments.Add(text);
        }

        return arguments;
    }

    private static async Task<(string Text, bool Cut)> DrainAsync(Stream stream, CancellationToken cancellation)
    {
        var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var cut = false;
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
            {
                var room = Math.Min(read, MaxOutputBytes - (int)kept.Length);
                kept.Write(buffer, 0, room);
                cut |= room < read;
            }
        }
        catch (OperationCanceledException)
        {
            // The process is being killed; what it wrote so far is what there is.
            cut = true;
        }

        return (Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length), cut);
    }
}
