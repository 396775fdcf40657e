namespace Palyra.Benchmarks.Quick;

/// <summary>One group of <c>quick</c>: a look at its figures in under a minute. Listed in <see cref="QuickRunner"/>.</summary>
public interface IQuickGroup
{
    /// <summary>The word after <c>quick</c>.</summary>
    string Name { get; }

    /// <summary>Measures, and reports each figure as soon as it is there.</summary>
    ValueTask RunAsync(Figures figures);
}
