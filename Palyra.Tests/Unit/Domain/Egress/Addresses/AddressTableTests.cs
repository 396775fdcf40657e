using Palyra.Domain.Egress.Addresses;

namespace Palyra.Tests.Unit.Domain.Egress.Addresses;

public class AddressTableTests
{
    // What the specification says in prose, as plain ranges and without the table: an address in any of them is not globally reachable.
    private static readonly string[] Unreachable =
    [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ];

    private static readonly (InternetAddress Prefix, int Length)[] UnreachableNetworks = [.. Unreachable.Select(Network)];
    private static readonly (InternetAddress Prefix, int Length) Nat64 = Network("64:ff9b::/96");

    public static TheoryData<string> Blocks => [.. AddressTable.V4.Concat(AddressTable.V6).Select(block => block.Cidr)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Classify_FirstLastAndTheNeighbours_AgreesWithTheSpecification(string cidr)
    {
        var block = AddressTable.V4.Concat(AddressTable.V6).Single(candidate => candidate.Cidr == cidr);
        InternetAddress[] inside = [block.Prefix, block.Last];
        Assert.All(inside, address =>
        {
            Assert.True(block.Contains(address));
            Assert.True(AddressTable.BlockOf(address).Length >= block.Length);
        });
        InternetAddress[] outside = [.. Before(block), .. After(block)];
        Assert.All(outside, address => Assert.False(block.Contains(address)));
        Assert.All(inside.Concat(outside), address => Assert.Equal(IsReachable(address), AddressTable.Classify(address).IsGloballyReachable));
    }

    [Fact]
    public void Classify_RandomAddresses_AgreesWithTheSpecification()
    {
        var random = new Random(20_261_122);
        var blocks = AddressTable.V6.Concat(AddressTable.V4).ToArray();
        for (var i = 0; i < 50_000; i++)
        {
            var block = blocks[random.Next(blocks.Length)];
            var bytes = new byte[16];
            random.NextBytes(bytes);
            var noise = new UInt128(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes, 8)) >> (block.Prefix.IsV4 ? Math.Min(96 + block.Length, 127) : Math.Min(block.Length, 127));
            var address = block.Prefix.IsV4
                ? InternetAddress.FromV4((uint)(block.Prefix.Bits | (noise & (block.Last.Bits ^ block.Prefix.Bits))))
                : InternetAddress.FromV6(block.Prefix.Bits | (noise & (block.Last.Bits ^ block.Prefix.Bits)));
            Assert.True(IsReachable(address) == AddressTable.Classify(address).IsGloballyReachable, address.ToString());
        }
    }

    [Theory]
    [InlineData("10.1.2.3", "10.0.0.0/8", "Private-Use")]
    [InlineData("192.0.0.9", "192.0.0.9/32", "Port Control Protocol Anycast")]
    [InlineData("169.254.169.254", "169.254.169.254/32", "Platform endpoint: instance metadata")]
    [InlineData("192.31.196.1", "192.31.196.0/24", "AS112-v4")]
    [InlineData("2620:4f:8000::1", "2620:4f:8000::/48", "Direct Delegation AS112 Service")]
    [InlineData("2001:20::1", "2001:20::/28", "ORCHIDv2")]
    public void Classify_InsideABlock_NamesTheMostSpecificRow(string text, string cidr, string name)
    {
        var block = AddressTable.Classify(InternetAddress.Parse(text)).Block!;
        Assert.Equal((cidr, name), (block.Cidr, block.Name));
    }

    [Theory]
    [InlineData("64:ff9b::8.8.8.8", AddressReach.Global)]
    [InlineData("64:ff9b::10.0.0.1", AddressReach.Private)]
    [InlineData("64:ff9b::169.254.169.254", AddressReach.Never)]
    [InlineData("64:ff9b:1::8.8.8.8", AddressReach.Never)]
    [InlineData("::ffff:8.8.8.8", AddressReach.Private)]
    [InlineData("::ffff:224.0.0.1", AddressReach.Never)]
    [InlineData("::ffff:0:0.0.0.0", AddressReach.Never)]
    [InlineData("::1", AddressReach.Private)]
    [InlineData("2002:e000:1::", AddressReach.Never)]
    [InlineData("2001:0:a9fe:a9fe::1", AddressReach.Never)]
    [InlineData("2002:808:808::", AddressReach.Private)]
    [InlineData("2001:0:808:808::f7f7:f7f7", AddressReach.Private)]
    [InlineData("2001:0:808:808::1fff:fffe", AddressReach.Never)]
    [InlineData("2001:470::5efe:8.8.8.8", AddressReach.Global)]
    [InlineData("2001:470::200:5efe:8.8.8.8", AddressReach.Global)]
    [InlineData("2001:470::300:5efe:10.0.0.1", AddressReach.Private)]
    [InlineData("2001:470::400:5efe:10.0.0.1", AddressReach.Global)]
    [InlineData("fd00:ec2::254", AddressReach.Never)]
    [InlineData("fd00:ec2::253", AddressReach.Private)]
    public void Classify_EmbeddedAndPlatformAddresses_TakesTheStrictest(string text, AddressReach reach) =>
        Assert.Equal(reach, AddressTable.Classify(InternetAddress.Parse(text)).Reach);

    [Fact]
    public void Classify_NoAddress_IsNeverReachable()
    {
        Assert.Equal(AddressReach.Never, AddressTable.Classify(default).Reach);
        Assert.Equal("no address", default(AddressClassification).Reason);
        Assert.False(default(AddressClassification).Permits(allowPrivateTargets: true));
        Assert.Throws<ArgumentException>(() => AddressTable.BlockOf(default));
    }

    [Theory]
    [InlineData("10.1.2.3", "10.0.0.0/8 Private-Use (RFC 1918)")]
    [InlineData("::ffff:10.0.0.1", "::ffff:0:0/96 IPv4-mapped Address (RFC 4291)")]
    [InlineData("64:ff9b::10.0.0.1", "64:ff9b::/96 IPv4-IPv6 Translat. holds 10.0.0.1: 10.0.0.0/8 Private-Use (RFC 1918)")]
    public void Reason_OfAnAddress_NamesTheRowThatDecided(string text, string reason) =>
        Assert.Equal(reason, AddressTable.Classify(InternetAddress.Parse(text)).Reason);

    [Fact]
    public void Embedded_OfTwoEquallyStrict_IsTheFirst() => Assert.Equal(
        InternetAddress.Parse("10.0.0.1"), AddressTable.Classify(InternetAddress.Parse("2001:0:a00:1::3f57:fffe")).Embedded);

    private static bool IsReachable(InternetAddress address)
    {
        var isIsatap = address.IsV6 && ((uint)(address.Bits >> 32) & 0xfcff_ffff) == 0x5efe;
        var embedded = InternetAddress.FromV4((uint)(address.Bits & uint.MaxValue));
        return IsIn(address, Nat64)
            ? IsReachable(embedded)
            : !UnreachableNetworks.Any(network => IsIn(address, network)) && (!isIsatap || IsReachable(embedded));
    }

    private static (InternetAddress Prefix, int Length) Network(string cidr) =>
        (InternetAddress.Parse(cidr.Split('/')[0]), int.Parse(cidr.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture));

    // Not IPNetwork: that one takes a mapped address for the IPv4 address inside.
    private static bool IsIn(InternetAddress address, (InternetAddress Prefix, int Length) network) =>
        address.IsV4 == network.Prefix.IsV4
        && (address.Bits ^ network.Prefix.Bits) >> ((address.IsV4 ? 32 : 128) - network.Length) == 0;

    private static IEnumerable<InternetAddress> Before(AddressBlock block) =>
        block.Prefix.Bits == 0 ? [] : [block.Prefix.IsV4 ? InternetAddress.FromV4((uint)(block.Prefix.Bits - 1)) : InternetAddress.FromV6(block.Prefix.Bits - 1)];

    private static IEnumerable<InternetAddress> After(AddressBlock block) => block.Prefix.IsV4
        ? block.Last.Bits == uint.MaxValue ? [] : [InternetAddress.FromV4((uint)(block.Last.Bits + 1))]
        : block.Last.Bits == UInt128.MaxValue ? [] : [InternetAddress.FromV6(block.Last.Bits + 1)];
}
