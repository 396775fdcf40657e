using System.Diagnostics;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Proxy;

/// <summary>
/// <c>load proxy [slow|connects|held|mute|endless]</c>: what is left to honest callers while others lay siege, how much memory that takes, and which limits held. Each siege is of one kind and is
/// followed by a look at whether the proxy is itself again.
/// </summary>
internal static class ProxySiege
{
    /// <summary>What an answer may be at most under siege: what never ends is cut here.</summary>
    internal const long BudgetBytes = 8 * 1024 * 1024;

    private const int HonestConnections = 4;

    /// <summary>How long nothing may move under siege; shorter than usual, so that the run sees it happen.</summary>
    internal static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Sample = TimeSpan.FromSeconds(1);

    private static readonly Siege[] All =
    [
        new("slow", "slow heads, 4096 connections, one byte a second", 20, Besiegers.SlowHeadsAsync),
        new("connects", "connects, 10000 a second", 5, Besiegers.ConnectsAsync),
        new("held", "connects that are held, 10000 a second", 5, Besiegers.HeldConnectsAsync),
        new("mute", "an origin that never answers, 400 requests of one worker", 8, Besiegers.MuteAsync),
        new("endless", "an origin that answers for ever, 64 takers of 1 MB/s", 12, Besiegers.EndlessAsync),
    ];

    /// <summary>Runs the sieges of these names; all without any.</summary>
    internal static async Task<int> RunAsync(string[] names, Figures figures)
    {
        var chosen = All.Where(siege => names.Length == 0 || names.Contains(siege.Name)).ToArray();
        if (chosen.Length < names.Length)
        {
            await Console.Error.WriteLineAsync($"No such siege; there are {string.Join(", ", All.Select(siege => siege.Name))}.");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("palyra-bench-").FullName;
        var children = new List<Process>();
        try
        {
            var originPort = await BenchChildren.StartOriginAsync(children);
            var proxy = await BenchChildren.StartPalyraAsync(children, "siege", folder, originPort);
            await ProxyLoad.SettleAsync(proxy);
            // Until the code of the proxy and of the load is compiled for good: a cold start would flatter every siege.
            await HonestAsync(proxy, 15);
            var alone = Median(await HonestAsync(proxy, 5));
            figures.Report("honest requests alone", HonestConnections, "1/s", [alone]);
            var before = proxy.ResidentBytes;
            foreach (var siege in chosen)
            {
                await UnderAsync(figures, proxy, alone, before, siege);
            }

            return 0;
        }
        finally
        {
            await BenchChildren.EndAsync(children);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task UnderAsync(Figures figures, ProxyTarget proxy, double alone, long before, Siege laidSiege)
    {
        var (_, siege, seconds, lay) = laidSiege;
        using var end = new CancellationTokenSource();
        var laid = Task.Run(() => lay(proxy, end.Token));
        var newcomers = Task.Run(() => Newcomers.RunAsync(proxy, end.Token));
        var most = 0L;
        var honest = new List<double>();
        for (var i = 0; i < seconds; i++)
        {
            honest.AddRange(await HonestAsync(proxy, 1));
            most = Math.Max(most, proxy.ResidentBytes);
        }

        await end.CancelAsync();
        figures.Report($"honest requests beside {siege}", HonestConnections, "1/s", honest);
        figures.Report($"share that honest requests keep beside {siege}", HonestConnections, "%", honest.Select(rate => 100 * rate / alone));
        figures.Report($"first answer of a newcomer beside {siege}", 1, "ms", await newcomers);
        figures.Report($"growth at most, {siege}", 1, "MiB", [(most - before) / 1048576.0]);
        foreach (var (what, count) in await laid)
        {
            figures.Report($"{what}; {siege}", 1, "count", [count]);
        }

        figures.Report($"honest requests after {siege}", HonestConnections, "1/s", await HonestAsync(proxy, 3));
    }

    private static async Task<List<double>> HonestAsync(ProxyTarget proxy, int samples)
    {
        var rates = new List<double>();
        for (var i = 0; i < samples; i++)
        {
            rates.Add(await ProxyLoad.RequestsAsync(proxy, HonestConnections, Sample));
        }

        return rates;
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);

    private sealed record Siege(string Name, string What, int Seconds, Func<ProxyTarget, CancellationToken, Task<IReadOnlyList<SiegeCount>>> Lay);
}

/// <summary>What a siege saw: how often something happened to it.</summary>
internal readonly record struct SiegeCount(string What, long Count);
