using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>Entropy that repeats itself, and calls a test before it gives as many bytes as the test waits for.</summary>
internal sealed class HookedEntropy(int bytes, Action hook) : IEntropy
{
    private readonly SeededEntropy _inner = new(7);

    public void Fill(Span<byte> destination)
    {
        if (destination.Length == bytes)
        {
            hook();
        }

        _inner.Fill(destination);
    }
}
