using System.Security.Cryptography;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Json.Entropy;

/// <summary>The system's cryptographic generator.</summary>
public sealed class SystemEntropy : IEntropy
{
    /// <summary>The only instance; it has no state.</summary>
    public static readonly SystemEntropy Instance = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
