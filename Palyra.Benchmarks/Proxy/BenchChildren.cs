using System.Diagnostics;
using System.Globalization;

namespace Palyra.Benchmarks.Proxy;

/// <summary>The other processes of a proxy benchmark: this program again, in one of its <see cref="ProxyRole"/>s.</summary>
internal static class BenchChildren
{
    /// <summary>Starts an origin.</summary>
    /// <returns>Its port.</returns>
    internal static async Task<int> StartOriginAsync(List<Process> children) =>
        int.Parse(await ReadLineAsync(StartSelf(children, "origin")), CultureInfo.InvariantCulture);

    /// <summary>Starts the proxy, in the role <c>proxy</c> or <c>siege</c>.</summary>
    internal static async Task<ProxyTarget> StartPalyraAsync(List<Process> children, string role, string folder, int originPort)
    {
        var proxy = StartSelf(children, role, Path.Combine(folder, "audit"), originPort.ToString(CultureInfo.InvariantCulture));
        var line = (await ReadLineAsync(proxy)).Split(' ');
        return new ProxyTarget("palyra", originPort, int.Parse(line[0], CultureInfo.InvariantCulture), line[1..], proxy);
    }

    /// <summary>Ends them all.</summary>
    internal static async Task EndAsync(List<Process> children)
    {
        foreach (var child in children)
        {
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
                await child.WaitForExitAsync();
            }

            child.Dispose();
        }
    }

    private static Process StartSelf(List<Process> children, params string[] role)
    {
        var path = Environment.ProcessPath!;
        var start = new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(path) == "dotnet")
        {
            start.ArgumentList.Add(typeof(BenchChildren).Assembly.Location);
        }

        foreach (var argument in (string[])["serve", "proxy", .. role])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        children.Add(process);
        return process;
    }

    private static async Task<string> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A child process ended before it said where it listens.");
}
