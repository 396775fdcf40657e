namespace Palyra.Domain.Ids;

/// <summary>Cryptographic randomness, for services that make ids, codes and tokens. Deciders are given the bytes.</summary>
/// <remarks>Implementations are thread-safe and never fail softly: a generator that cannot give randomness throws.</remarks>
public interface IEntropy
{
    /// <summary>Fills the whole span with unpredictable bytes.</summary>
    void Fill(Span<byte> destination);
}
