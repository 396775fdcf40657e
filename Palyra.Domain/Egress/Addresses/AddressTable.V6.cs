using System.Collections.Immutable;

namespace Palyra.Domain.Egress.Addresses;

public static partial class AddressTable
{
    /// <summary>
    /// IPv6: the IANA IPv6 Special-Purpose Address Registry (2024-10) with its names, plus the stricter rows that this project adds.
    /// The most specific row that holds an address speaks for it; addresses with an IPv4 address inside are judged by that one as well.
    /// </summary>
    public static ImmutableArray<AddressBlock> V6 { get; } = MostSpecificFirst(
    [
        new("::/0", "Outside global unicast", "RFC 4291", AddressReach.Private),
        new("2000::/3", "Global Unicast", "RFC 4291", AddressReach.Global),
        new("::1/128", "Loopback Address", "RFC 4291", AddressReach.Private),
        new("::/128", "Unspecified Address", "RFC 4291", AddressReach.Never),
        new("::/96", "IPv4-compatible Address (deprecated)", "RFC 4291", AddressReach.Private, Embedding.Last32),
        new("::ffff:0:0/96", "IPv4-mapped Address", "RFC 4291", AddressReach.Private, Embedding.Last32),
        new("::ffff:0:0:0/96", "IPv4-translated Address (SIIT)", "RFC 2765", AddressReach.Private, Embedding.Last32),
        new("64:ff9b::/96", "IPv4-IPv6 Translat.", "RFC 6052", AddressReach.Global, Embedding.Last32),
        // Where a network keeps the IPv4 address inside its own prefix cannot be known, so nothing inside is ever let through.
        new("64:ff9b:1::/48", "IPv4-IPv6 Translat.", "RFC 8215", AddressReach.Never),
        new("100::/64", "Discard-Only Address Block", "RFC 6666", AddressReach.Private),
        new("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780", AddressReach.Private),
        new("2001::/23", "IETF Protocol Assignments", "RFC 2928", AddressReach.Private),
        new("2001::/32", "TEREDO", "RFC 4380", AddressReach.Private, Embedding.Teredo),
        // The registry marks some of the following globally reachable; all of 2001::/23 is refused here.
        new("2001:1::1/128", "Port Control Protocol Anycast", "RFC 7723", AddressReach.Private),
        new("2001:1::2/128", "Traversal Using Relays around NAT Anycast", "RFC 8155", AddressReach.Private),
        new("2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "RFC 9665", AddressReach.Private),
        new("2001:2::/48", "Benchmarking", "RFC 5180", AddressReach.Private),
        new("2001:3::/32", "AMT", "RFC 7450", AddressReach.Private),
        new("2001:4:112::/48", "AS112-v6", "RFC 7535", AddressReach.Private),
        new("2001:10::/28", "Deprecated (previously ORCHID)", "RFC 4843", AddressReach.Private),
        new("2001:20::/28", "ORCHIDv2", "RFC 7343", AddressReach.Private),
        new("2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374", AddressReach.Private),
        new("2001:db8::/32", "Documentation", "RFC 3849", AddressReach.Private),
        new("2002::/16", "6to4", "RFC 3056", AddressReach.Private, Embedding.After16),
        new("2620:4f:8000::/48", "Direct Delegation AS112 Service", "RFC 7534", AddressReach.Global),
        new("3fff::/20", "Documentation", "RFC 9637", AddressReach.Private),
        new("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602", AddressReach.Private),
        new("fc00::/7", "Unique-Local", "RFC 4193", AddressReach.Private),
        new("fe80::/10", "Link-Local Unicast", "RFC 4291", AddressReach.Private),
        new("fec0::/10", "Site-Local Unicast (deprecated)", "RFC 3879", AddressReach.Private),
        new("ff00::/8", "Multicast", "RFC 4291", AddressReach.Never),

        new("fd00:ec2::254/128", "Platform endpoint: instance metadata", "Amazon EC2", AddressReach.Never),
        new("fd00:ec2::23/128", "Platform endpoint: pod identity", "Amazon EKS", AddressReach.Never),
    ]);
}
