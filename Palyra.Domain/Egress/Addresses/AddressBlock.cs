namespace Palyra.Domain.Egress.Addresses;

/// <summary>One row of the address table.</summary>
public sealed record AddressBlock
{
    private readonly UInt128 _mask;

    internal AddressBlock(string cidr, string name, string source, AddressReach reach, Embedding embedding = Embedding.None)
    {
        var slash = cidr.IndexOf('/', StringComparison.Ordinal);
        Prefix = InternetAddress.Parse(cidr.AsSpan(0, slash));
        Length = int.Parse(cidr.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
        Cidr = cidr;
        Name = name;
        Source = source;
        Reach = reach;
        Embedding = embedding;
        var width = Prefix.IsV4 ? 32 : 128;
        var all = Prefix.IsV4 ? uint.MaxValue : UInt128.MaxValue;
        _mask = Length == 0 ? default : all & (all << (width - Length));
    }

    /// <summary>The block in prefix notation, e.g. <c>10.0.0.0/8</c>.</summary>
    public string Cidr { get; }

    /// <summary>The first address of the block.</summary>
    public InternetAddress Prefix { get; }

    /// <summary>The number of leading bits that the block's addresses share.</summary>
    public int Length { get; }

    /// <summary>The registry's name of the block.</summary>
    public string Name { get; }

    /// <summary>The document that reserves it.</summary>
    public string Source { get; }

    /// <summary>How far a request to the block may go.</summary>
    public AddressReach Reach { get; }

    /// <summary>Where addresses of the block hold an IPv4 address.</summary>
    public Embedding Embedding { get; }

    /// <summary>The last address of the block.</summary>
    public InternetAddress Last => Prefix.IsV4
        ? InternetAddress.FromV4((uint)(Prefix.Bits | (uint.MaxValue & ~_mask)))
        : InternetAddress.FromV6(Prefix.Bits | ~_mask);

    /// <summary>Whether the address lies in the block.</summary>
    public bool Contains(InternetAddress address) =>
        address.IsV4 == Prefix.IsV4 && !address.IsEmpty && (address.Bits & _mask) == Prefix.Bits;

    /// <summary><c>10.0.0.0/8 Private-Use (RFC 1918)</c></summary>
    public override string ToString() => $"{Cidr} {Name} ({Source})";
}
