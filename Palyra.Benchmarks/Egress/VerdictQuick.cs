using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Egress;

/// <summary><c>quick verdict</c>: the whole verdict with fingerprint, for a literal and for a name with its answer, over growing allowlists.</summary>
internal sealed class VerdictQuick : IQuickGroup
{
    private const int Operations = 100_000;

    public string Name => "verdict";

    public ValueTask RunAsync(Figures figures)
    {
        foreach (var entries in (int[])[1, 10, 100, 1_000, 10_000])
        {
            var scene = new VerdictScene(entries);
            Warm(scene);
            figures.Time("verdict, IP literal", entries, Operations, _ => scene.JudgeLiteral());
            figures.Time("verdict, name with two addresses", entries, Operations, _ => scene.JudgeName());
            figures.Time("verdict, name with one credential", entries, Operations, _ => scene.JudgeNameWithCredential());
            figures.Allocated("verdict, IP literal, allocated", entries, 1000, _ => scene.JudgeLiteral());
            figures.Allocated("verdict, name with two addresses, allocated", entries, 1000, _ => scene.JudgeName());
            figures.Allocated("verdict, name with one credential, allocated", entries, 1000, _ => scene.JudgeNameWithCredential());
        }

        return ValueTask.CompletedTask;
    }

    // Tiered compilation needs calls and a moment; the first figures would otherwise be those of unoptimised code.
    private static void Warm(VerdictScene scene)
    {
        for (var i = 0; i < 50_000; i++)
        {
            scene.JudgeLiteral();
            scene.JudgeName();
            scene.JudgeNameWithCredential();
        }
    }
}
