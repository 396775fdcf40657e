using Palyra.Domain.Time;

namespace Palyra.Domain.Ids;

/// <summary>Ids from entropy, for services.</summary>
public static class EntropyExtensions
{
    /// <summary>A fresh ULID of this instant.</summary>
    public static Ulid NextUlid(this IEntropy entropy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        Span<byte> random = stackalloc byte[Ulid.RandomLength];
        entropy.Fill(random);
        return Ulid.Create(now, random);
    }
}
