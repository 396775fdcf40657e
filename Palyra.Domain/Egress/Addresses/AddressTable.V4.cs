using System.Collections.Immutable;

namespace Palyra.Domain.Egress.Addresses;

public static partial class AddressTable
{
    /// <summary>
    /// IPv4: the IANA IPv4 Special-Purpose Address Registry (2024-10) with its names, plus the stricter rows that this project adds.
    /// The most specific row that holds an address speaks for it.
    /// </summary>
    public static ImmutableArray<AddressBlock> V4 { get; } = MostSpecificFirst(
    [
        new("0.0.0.0/0", "Global unicast", "RFC 791", AddressReach.Global),
        new("0.0.0.0/8", "\"This network\"", "RFC 791", AddressReach.Private),
        new("0.0.0.0/32", "\"This host on this network\"", "RFC 1122", AddressReach.Never),
        new("10.0.0.0/8", "Private-Use", "RFC 1918", AddressReach.Private),
        new("100.64.0.0/10", "Shared Address Space", "RFC 6598", AddressReach.Private),
        new("127.0.0.0/8", "Loopback", "RFC 1122", AddressReach.Private),
        new("169.254.0.0/16", "Link Local", "RFC 3927", AddressReach.Private),
        new("172.16.0.0/12", "Private-Use", "RFC 1918", AddressReach.Private),
        new("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890", AddressReach.Private),
        new("192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335", AddressReach.Private),
        new("192.0.0.8/32", "IPv4 dummy address", "RFC 7600", AddressReach.Private),
        // The registry marks the two anycast addresses globally reachable; all of 192.0.0.0/24 is refused here.
        new("192.0.0.9/32", "Port Control Protocol Anycast", "RFC 7723", AddressReach.Private),
        new("192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "RFC 8155", AddressReach.Private),
        new("192.0.0.170/32", "NAT64/DNS64 Discovery", "RFC 8880", AddressReach.Private),
        new("192.0.0.171/32", "NAT64/DNS64 Discovery", "RFC 8880", AddressReach.Private),
        new("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737", AddressReach.Private),
        new("192.31.196.0/24", "AS112-v4", "RFC 7535", AddressReach.Global),
        new("192.52.193.0/24", "AMT", "RFC 7450", AddressReach.Global),
        new("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526", AddressReach.Private),
        new("192.88.99.2/32", "6a44-relay anycast address", "RFC 6751", AddressReach.Private),
        new("192.168.0.0/16", "Private-Use", "RFC 1918", AddressReach.Private),
        new("192.175.48.0/24", "Direct Delegation AS112 Service", "RFC 7534", AddressReach.Global),
        new("198.18.0.0/15", "Benchmarking", "RFC 2544", AddressReach.Private),
        new("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737", AddressReach.Private),
        new("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737", AddressReach.Private),
        new("224.0.0.0/4", "Multicast", "RFC 5771", AddressReach.Never),
        new("240.0.0.0/4", "Reserved", "RFC 1112", AddressReach.Private),
        new("255.255.255.255/32", "Limited Broadcast", "RFC 919", AddressReach.Never),

        new("169.254.169.254/32", "Platform endpoint: instance metadata", "cloud platforms", AddressReach.Never),
        new("169.254.170.2/32", "Platform endpoint: container credentials", "Amazon ECS", AddressReach.Never),
        new("169.254.170.23/32", "Platform endpoint: pod identity", "Amazon EKS", AddressReach.Never),
        new("100.100.100.200/32", "Platform endpoint: instance metadata", "Alibaba Cloud", AddressReach.Never),
        new("168.63.129.16/32", "Platform endpoint: wire server", "Microsoft Azure", AddressReach.Never),
        new("192.0.0.192/32", "Platform endpoint: instance metadata", "Oracle Cloud", AddressReach.Never),
    ]);
}
