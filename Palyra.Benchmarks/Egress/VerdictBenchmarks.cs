using BenchmarkDotNet.Attributes;
using Palyra.Domain.Egress;

namespace Palyra.Benchmarks.Egress;

/// <summary>The verdict over growing allowlists.</summary>
[MemoryDiagnoser]
public class VerdictBenchmarks
{
    private VerdictScene _scene = null!;

    /// <summary>Entries of the allowlist.</summary>
    [Params(1, 100, 10_000)]
    public int Entries { get; set; }

    /// <summary>Compiles the policy.</summary>
    [GlobalSetup]
    public void Compile() => _scene = new VerdictScene(Entries);

    /// <summary>An IP literal.</summary>
    [Benchmark]
    public EgressVerdict Literal() => _scene.JudgeLiteral();

    /// <summary>A name below an allowed suffix, with two addresses.</summary>
    [Benchmark]
    public EgressVerdict Name() => _scene.JudgeName();

    /// <summary>The same with one credential binding.</summary>
    [Benchmark]
    public EgressVerdict NameWithCredential() => _scene.JudgeNameWithCredential();
}
