using System.Collections.Immutable;

namespace Palyra.Domain.Egress.Addresses;

/// <summary>Which addresses a request may reach, as data: <see cref="V4"/> and <see cref="V6"/>.</summary>
public static partial class AddressTable
{
    // Interface identifiers 0000:5efe and 0200:5efe (RFC 5214); the universal and group bits are masked out.
    private const uint IsatapMask = 0xfcff_ffff;
    private const uint IsatapMark = 0x0000_5efe;

    /// <summary>
    /// Judges an address by the most specific row that holds it and by every IPv4 address embedded in it; the strictest holds.
    /// No address at all is never reachable.
    /// </summary>
    public static AddressClassification Classify(InternetAddress address)
    {
        if (address.IsEmpty)
        {
            return default;
        }

        var block = BlockOf(address);
        var strictest = new AddressClassification(address, block, default, null);
        // An IPv4 address embeds none: no row of its table says so, and the bits where the ISATAP mark stands are zero.
        var bits = address.Bits;
        switch (block.Embedding)
        {
            case Embedding.Last32:
                strictest = strictest.Or((uint)(bits & uint.MaxValue));
                break;
            case Embedding.After16:
                strictest = strictest.Or((uint)((bits >> 80) & uint.MaxValue));
                break;
            case Embedding.Teredo:
                strictest = strictest.Or((uint)((bits >> 64) & uint.MaxValue)).Or(~(uint)(bits & uint.MaxValue));
                break;
            case Embedding.None:
            default:
                break;
        }

        return ((uint)((bits >> 32) & uint.MaxValue) & IsatapMask) == IsatapMark
            ? strictest.Or((uint)(bits & uint.MaxValue))
            : strictest;
    }

    /// <summary>The most specific row that holds an address.</summary>
    /// <exception cref="ArgumentException">The default value is no address.</exception>
    public static AddressBlock BlockOf(InternetAddress address)
    {
        foreach (var block in address.IsV4 ? V4 : V6)
        {
            if (block.Contains(address))
            {
                return block;
            }
        }

        throw new ArgumentException("The default value is no address.", nameof(address));
    }

    private static ImmutableArray<AddressBlock> MostSpecificFirst(AddressBlock[] blocks) =>
        [.. blocks.OrderByDescending(block => block.Length)];
}
