using BenchmarkDotNet.Running;
using Palyra.Benchmarks.Quick;

// Two ways in: `quick [group]` prints one JSON line a figure; everything else goes to BenchmarkDotNet's own switcher.
if (args is ["quick", .. var groups])
{
    return await QuickRunner.RunAsync(groups, Console.Out);
}

BenchmarkSwitcher.FromAssembly(typeof(QuickRunner).Assembly).Run(args);
return 0;
