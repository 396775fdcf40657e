using System.Diagnostics;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Proxy;

/// <summary>
/// <c>quick proxy</c>: origin, load and proxies as processes of their own on one machine, in interleaved rounds: straight, Palyra with policy and audit, and squid and
/// tinyproxy when they are installed.
/// </summary>
internal sealed class ProxyQuick : IQuickGroup
{
    private const int Rounds = 3;
    private const int IdleTunnels = 500;

    public string Name => "proxy";

    public async ValueTask RunAsync(Figures figures)
    {
        var folder = Directory.CreateTempSubdirectory("palyra-bench-").FullName;
        var children = new List<Process>();
        try
        {
            var originPort = await BenchChildren.StartOriginAsync(children);
            var targets = new List<ProxyTarget>
            {
                new("direct", originPort, null, [], null),
                await BenchChildren.StartPalyraAsync(children, "proxy", folder, originPort),
            };
            targets.AddRange(await PeerProxies.StartAsync(children, folder, originPort));
            await MeasureAsync(figures, targets);
        }
        finally
        {
            await BenchChildren.EndAsync(children);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(Figures figures, List<ProxyTarget> targets)
    {
        var proxies = targets.Where(target => target.IsProxy).ToList();
        foreach (var target in proxies)
        {
            // Before anything else: buffers that other scenarios left in a pool would hide what tunnels cost.
            figures.Report($"growth for idle tunnels, {target.Name}", IdleTunnels, "MiB", [await ProxyLoad.IdleTunnelsAsync(target, IdleTunnels)]);
        }

        await ReportAsync(figures, targets, "requests, 1 KiB", 1, "1/s", target => ProxyLoad.RequestsAsync(target, 1));
        await ReportAsync(figures, targets, "requests, 1 KiB", 32, "1/s", target => ProxyLoad.RequestsAsync(target, 32));
        await ReportAsync(figures, targets, "10 MiB answers", 1, "MB/s", ProxyLoad.LargeAsync);
        foreach (var target in proxies)
        {
            await ProxyLoad.SettleAsync(target);
        }

        await ReportAsync(figures, proxies, "CONNECT set-ups", 8, "1/s", ProxyLoad.SetUpsAsync);
        await ReportAsync(figures, targets, "tunnel", 1, "MB/s", target => ProxyLoad.TunnelAsync(target, 1));
        await ReportAsync(figures, targets, "tunnel", 8, "MB/s", target => ProxyLoad.TunnelAsync(target, 8));
    }

    private static async Task ReportAsync(
        Figures figures, List<ProxyTarget> targets, string scenario, int n, string unit, Func<ProxyTarget, Task<double>> measure)
    {
        var samples = targets.ToDictionary(target => target.Name, _ => new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var target in targets)
            {
                var sample = await measure(target);
                if (round >= 0)
                {
                    samples[target.Name].Add(sample);
                }
            }
        }

        foreach (var (name, taken) in samples)
        {
            figures.Report($"{scenario}, {name}", n, unit, taken);
        }
    }
}
