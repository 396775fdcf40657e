using Palyra.Benchmarks.Egress;
using Palyra.Benchmarks.Fleet;
using Palyra.Benchmarks.Persistence;
using Palyra.Benchmarks.Proxy;
using Palyra.Benchmarks.Rpc;
using Palyra.Benchmarks.Tools;

namespace Palyra.Benchmarks.Quick;

/// <summary><c>quick [group …]</c>: the named groups, or all of them.</summary>
public static class QuickRunner
{
    private static readonly IQuickGroup[] Groups =
    [
        new FleetQuick(),
        new VerdictQuick(),
        new PersistQuick(),
        new RpcQuick(),
        new DispatchQuick(),
        new ProxyQuick(),
        new ToolsQuick(),
    ];

    /// <summary>Runs the groups. Exit code 2 when one is not known.</summary>
    public static async Task<int> RunAsync(string[] names, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(names);
        var chosen = names.Length == 0 ? Groups : [.. Groups.Where(group => names.Contains(group.Name, StringComparer.Ordinal))];
        if (chosen.Length < names.Length)
        {
            await Console.Error.WriteLineAsync($"quick knows: {string.Join(", ", Groups.Select(group => group.Name))}");
            return 2;
        }

        var figures = new Figures(output);
        foreach (var group in chosen)
        {
            await group.RunAsync(figures);
        }

        return 0;
    }
}
