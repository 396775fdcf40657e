using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>Gives everything twice, so that whoever does not look for collisions makes one.</summary>
internal sealed class RepeatingEntropy : IEntropy
{
    private int _calls;

    public void Fill(Span<byte> destination) => destination.Fill((byte)(_calls++ / 2));
}
