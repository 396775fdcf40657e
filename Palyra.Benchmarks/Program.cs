using BenchmarkDotNet.Running;
using Palyra.Benchmarks.Persistence;
using Palyra.Benchmarks.Quick;

// Three ways in: `quick [group]` prints one JSON line a figure; `soak persist DIR` appends until it is killed; everything else goes to BenchmarkDotNet's own switcher.
if (args is ["quick", .. var groups])
{
    return await QuickRunner.RunAsync(groups, Console.Out);
}

if (args is ["soak", "persist", var folder])
{
    return await PersistSoak.RunAsync(folder, Console.Out, CancellationToken.None);
}

BenchmarkSwitcher.FromAssembly(typeof(QuickRunner).Assembly).Run(args);
return 0;
