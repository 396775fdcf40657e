using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>Entropy that repeats itself from its seed, for tests only.</summary>
internal sealed class SeededEntropy(int seed = 1) : IEntropy
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination)
    {
        lock (_random)
        {
            _random.NextBytes(destination);
        }
    }
}
