using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Palyra.Benchmarks.Proxy;

/// <summary>squid and tinyproxy as Debian packages them, when they are installed: one worker, no cache, no access log.</summary>
internal static class PeerProxies
{
    private static readonly string[] Folders = ["/usr/bin", "/usr/sbin"];

    internal static async Task<IReadOnlyList<ProxyTarget>> StartAsync(List<Process> children, string folder, int originPort)
    {
        var started = new List<ProxyTarget>();
        if (Find("tinyproxy") is { } tinyproxy)
        {
            var port = FreePort();
            var file = Path.Combine(folder, "tinyproxy.conf");
            await File.WriteAllTextAsync(
                file, $"Port {port}\nListen 127.0.0.1\nMaxClients 1000\nTimeout 600\nAllow 127.0.0.1\nLogLevel Critical\nConnectPort {originPort}\n");
            started.Add(await StartAsync(children, "tinyproxy", originPort, port, tinyproxy, "-d", "-c", file));
        }

        if (Find("squid") is { } squid)
        {
            var port = FreePort();
            var file = Path.Combine(folder, "squid.conf");
            await File.WriteAllTextAsync(
                file,
                $"http_port 127.0.0.1:{port}\nhttp_access allow all\ncache deny all\naccess_log none\ncache_log /dev/null\ncache_store_log none\n"
                + $"pid_filename none\nshutdown_lifetime 0 seconds\ncoredump_dir {folder}\nmax_filedescriptors 8192\npinger_enable off\n");
            started.Add(await StartAsync(children, "squid", originPort, port, squid, "-N", "-f", file));
        }

        return started;
    }

    private static async Task<ProxyTarget> StartAsync(List<Process> children, string name, int originPort, int port, string file, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        children.Add(process);
        var target = new ProxyTarget(name, originPort, port, [], process);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var socket = await target.ConnectAsync();
                return target;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(100);
            }
        }
    }

    private static string? Find(string program) => Folders
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
