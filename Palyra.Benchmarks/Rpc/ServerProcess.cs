using System.Diagnostics;
using System.Globalization;

namespace Palyra.Benchmarks.Rpc;

/// <summary>A server under measurement, in a process of its own, so that it and the load do not share a heap.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private bool _isDisposed;

    private ServerProcess(string name, Process process, int port)
    {
        Name = name;
        _process = process;
        Port = port;
    }

    internal string Name { get; }

    internal int Port { get; }

    /// <summary>Resident memory now, in bytes.</summary>
    internal long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Processor time used so far. On Linux as the scheduler counts it, to the nanosecond: the ten milliseconds of a tick are more than an idle server uses.</summary>
    internal TimeSpan Processor
    {
        get
        {
            var threads = $"/proc/{_process.Id}/task";
            if (Directory.Exists(threads))
            {
                return TimeSpan.FromMicroseconds(Directory.EnumerateDirectories(threads).Sum(thread =>
                    long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1_000.0));
            }

            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    internal static ServerProcess StartOurs(string folder) =>
        Start("palyra", Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(ServerProcess).Assembly.Location, "serve", "rpc", folder] : ["serve", "rpc", folder], null);

    /// <summary>The Node.js peer; <see langword="null"/> with a word on standard error where Node.js or its packages are not to be had.</summary>
    internal static ServerProcess? TryStartNode(string folder) => TryStart(() =>
    {
        var modules = Environment.GetEnvironmentVariable("PALYRA_BENCH_NODE_MODULES") ?? Path.Combine(folder, "node_modules");
        if (!Directory.Exists(modules))
        {
            Install(folder);
        }

        return Start("grpc-js", "node", [Peer("server.js"), Protos, folder], modules);
    });

    /// <summary>The peer on gRPC's C-core, through Python; <see langword="null"/> with a word on standard error where grpcio is not to be had.</summary>
    internal static ServerProcess? TryStartCore(string folder) => TryStart(() =>
        Start("c-core", Environment.GetEnvironmentVariable("PALYRA_INTEROP_PYTHON") ?? "/usr/bin/python3", [Peer("server.py"), Protos, folder], null));

    /// <summary>Bytes allocated so far; of ours only.</summary>
    internal long Allocated()
    {
        _process.StandardInput.WriteLine("allocated");
        return long.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5_000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string Protos => Path.Combine(AppContext.BaseDirectory, "Rpc", "Protos");

    private static string Peer(string file) => Path.Combine(AppContext.BaseDirectory, "Rpc", "Peer", file);

    private static ServerProcess? TryStart(Func<ServerProcess> start)
    {
        try
        {
            return start();
        }
        catch (Exception absent) when (absent is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            Console.Error.WriteLine($"No peer to compare with: {absent.Message}");
            return null;
        }
    }

    private static void Install(string folder)
    {
        File.Copy(Peer("package.json"), Path.Combine(folder, "package.json"), overwrite: true);
        using var install = Process.Start(new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--silent"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _ = install.StandardOutput.ReadToEndAsync();
        var problems = install.StandardError.ReadToEnd();
        install.WaitForExit();
        if (install.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm install failed: {problems}");
        }
    }

    private static ServerProcess Start(string name, string program, IEnumerable<string> arguments, string? modules)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (modules is not null)
        {
            start.Environment["NODE_PATH"] = modules;
        }

        var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadLine();
        return line is not null && line.StartsWith("port ", StringComparison.Ordinal)
            ? new ServerProcess(name, process, int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{name} did not start.");
    }
}
