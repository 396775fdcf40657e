namespace Palyra.Domain.Egress.Addresses;

/// <summary>The judgement of one address. The default value is never reachable.</summary>
public readonly record struct AddressClassification
{
    internal AddressClassification(InternetAddress address, AddressBlock block, InternetAddress embedded, AddressBlock? embeddedBlock)
    {
        Address = address;
        Block = block;
        Embedded = embedded;
        EmbeddedBlock = embeddedBlock;
    }

    /// <summary>The address that was judged.</summary>
    public InternetAddress Address { get; }

    /// <summary>The most specific row of the table that holds it.</summary>
    public AddressBlock? Block { get; }

    /// <summary>The strictest embedded IPv4 address, the first of those equally strict; the default when there is none.</summary>
    public InternetAddress Embedded { get; }

    /// <summary>The row of the embedded address.</summary>
    public AddressBlock? EmbeddedBlock { get; }

    /// <summary>How far a request to the address may go.</summary>
    public AddressReach Reach => DecidingBlock?.Reach ?? AddressReach.Never;

    /// <summary>Whether the address, and whatever is embedded in it, is globally reachable.</summary>
    public bool IsGloballyReachable => Reach == AddressReach.Global;

    /// <summary>The row that decided: the stricter of the address' own and the embedded one's, its own when they are equally strict.</summary>
    public AddressBlock? DecidingBlock =>
        EmbeddedBlock is { } embedded && embedded.Reach < Block!.Reach ? embedded : Block;

    /// <summary>Whether a policy lets a request go there.</summary>
    public bool Permits(bool allowPrivateTargets) => Reach is var reach && (reach == AddressReach.Global || (allowPrivateTargets && reach == AddressReach.Private));

    /// <summary>One clause for a person, e.g. <c>10.0.0.0/8 Private-Use (RFC 1918)</c>.</summary>
    public string Reason => DecidingBlock is not { } deciding
        ? "no address"
        : ReferenceEquals(deciding, Block) ? deciding.ToString() : $"{Block!.Cidr} {Block.Name} holds {Embedded}: {deciding}";

    internal AddressClassification Or(uint embedded)
    {
        var candidate = InternetAddress.FromV4(embedded);
        var block = AddressTable.BlockOf(candidate);
        return EmbeddedBlock is not null && EmbeddedBlock.Reach <= block.Reach
            ? this
            : new AddressClassification(Address, Block!, candidate, block);
    }
}
