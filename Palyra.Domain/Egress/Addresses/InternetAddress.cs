using System.Buffers.Binary;
using System.Net;

namespace Palyra.Domain.Egress.Addresses;

/// <summary>An IPv4 or IPv6 address as bare bytes: no zone id, no port, nothing that equality could overlook.</summary>
/// <remarks>
/// <see cref="IPAddress"/> reads <c>127.1</c>, <c>[::1]:80</c> and <c>::1%eth0</c>; this type reads none of them. An IPv4-mapped IPv6
/// address stays an IPv6 address and is not equal to the IPv4 address inside. The default value is no address.
/// </remarks>
public readonly record struct InternetAddress
{
    private readonly UInt128 _bits;
    private readonly byte _family;

    private InternetAddress(UInt128 bits, byte family)
    {
        _bits = bits;
        _family = family;
    }

    /// <summary>Whether this is the default, which is no address.</summary>
    public bool IsEmpty => _family == 0;

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsV4 => _family == 4;

    /// <summary>Whether this is an IPv6 address.</summary>
    public bool IsV6 => _family == 6;

    /// <summary>The address as a number: 32 bits of IPv4 or 128 bits of IPv6, most significant byte first.</summary>
    public UInt128 Bits => _bits;

    /// <summary>The IPv4 address with these 32 bits.</summary>
    public static InternetAddress FromV4(uint bits) => new(bits, 4);

    /// <summary>The IPv6 address with these 128 bits.</summary>
    public static InternetAddress FromV6(UInt128 bits) => new(bits, 6);

    /// <summary>The bytes of a platform address. A zone id is dropped: an address that needs one is link-local and judged as such.</summary>
    public static InternetAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var written) && written == 4
            ? FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : FromV6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>
    /// Reads a canonical dotted quad (four decimal numbers 0 to 255 without leading zeros) or an IPv6 address in any of RFC 4291's text
    /// forms, a dotted quad in its last 32 bits included. No brackets, zone id, port or surrounding space.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InternetAddress address)
    {
        if (InternetAddressText.TryParseV4(text, out var v4))
        {
            address = FromV4(v4);
            return true;
        }

        var parsed = InternetAddressText.TryParseV6(text, out var v6);
        address = parsed ? FromV6(v6) : default;
        return parsed;
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">The text is not an address in canonical notation.</exception>
    public static InternetAddress Parse(ReadOnlySpan<char> text) => TryParse(text, out var address)
        ? address
        : throw new FormatException("Not an IP address: expected a canonical dotted quad or an IPv6 address without brackets and zone id.");

    /// <summary>The platform's form of this address, without a zone id, to connect to.</summary>
    /// <exception cref="InvalidOperationException">This is the default, which is no address.</exception>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        switch (_family)
        {
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_bits);
                return new IPAddress(bytes[..4]);
            case 6:
                BinaryPrimitives.WriteUInt128BigEndian(bytes, _bits);
                return new IPAddress(bytes);
            default:
                throw new InvalidOperationException("The default value is no address.");
        }
    }

    /// <summary>The canonical text: dotted quad, or RFC 5952 without brackets; empty for the default.</summary>
    public override string ToString() => IsEmpty ? "" : ToIPAddress().ToString();
}
