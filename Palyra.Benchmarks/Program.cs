using BenchmarkDotNet.Running;
using Palyra.Benchmarks.Persistence;
using Palyra.Benchmarks.Proxy;
using Palyra.Benchmarks.Quick;
using Palyra.Benchmarks.Rpc;

// Ways in: `quick [group]` prints one JSON line a figure; `soak persist DIR` appends until it is killed; `load proxy [siege]` lays siege to the proxy; `serve rpc DIR` is the server half of `quick rpc`, `serve proxy ROLE` the other processes of `quick proxy`; everything else goes to BenchmarkDotNet's own switcher.
if (args is ["quick", .. var groups])
{
    return await QuickRunner.RunAsync(groups, Console.Out);
}

if (args is ["soak", "persist", var folder])
{
    return await PersistSoak.RunAsync(folder, Console.Out, CancellationToken.None);
}

if (args is ["load", "proxy", .. var sieges])
{
    return await ProxySiege.RunAsync(sieges, new Figures(Console.Out));
}

if (args is ["serve", "rpc", var state])
{
    return await RpcServe.RunAsync(state, Console.In, Console.Out);
}

if (args is ["serve", "proxy", .. var role])
{
    return await ProxyRole.RunAsync(role);
}

BenchmarkSwitcher.FromAssembly(typeof(QuickRunner).Assembly).Run(args);
return 0;
