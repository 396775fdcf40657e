// Two ways in: `quick [group]` prints one JSON line a figure; everything else goes to BenchmarkDotNet's own switcher.
BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
