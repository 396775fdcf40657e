using System.Globalization;

namespace Palyra.Domain.Egress.Addresses;

/// <summary>The strict readers of address text.</summary>
internal static class InternetAddressText
{
    private const int LongestV4 = 15;
    private const int LongestV6 = 45;

    internal static bool TryParseV4(ReadOnlySpan<char> text, out uint bits)
    {
        bits = 0;
        if (text.Length > LongestV4)
        {
            return false;
        }

        for (var part = 0; part < 4; part++)
        {
            var end = text.IndexOf('.');
            var number = end < 0 ? text : text[..end];
            if (end < 0 != (part == 3) || !TryParseOctet(number, out var octet))
            {
                return false;
            }

            bits = (bits << 8) | octet;
            text = end < 0 ? default : text[(end + 1)..];
        }

        return true;
    }

    internal static bool TryParseV6(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = default;
        if (text.Length is < 2 or > LongestV6)
        {
            return false;
        }

        Span<ushort> groups = stackalloc ushort[8];
        var count = 0;
        var gap = -1;
        var position = 0;
        if (text[0] == ':')
        {
            if (text[1] != ':')
            {
                return false;
            }

            gap = 0;
            position = 2;
        }

        while (position < text.Length)
        {
            var end = text[position..].IndexOf(':');
            var segment = end < 0 ? text[position..] : text.Slice(position, end);
            if (end < 0 && segment.Contains('.'))
            {
                if (count > 6 || !TryParseV4(segment, out var quad))
                {
                    return false;
                }

                groups[count++] = (ushort)(quad >> 16);
                groups[count++] = (ushort)(quad & 0xffff);
                break;
            }

            if (count == 8 || !TryParseGroup(segment, out groups[count]))
            {
                return false;
            }

            count++;
            position += segment.Length;
            if (position == text.Length)
            {
                break;
            }

            position++;
            if (position == text.Length)
            {
                return false;
            }

            if (text[position] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                position++;
            }
        }

        return TryJoin(groups[..count], gap, out bits);
    }

    private static bool TryJoin(ReadOnlySpan<ushort> groups, int gap, out UInt128 bits)
    {
        bits = default;
        if (gap < 0 ? groups.Length != 8 : groups.Length > 7)
        {
            return false;
        }

        for (var i = 0; i < groups.Length; i++)
        {
            var place = gap >= 0 && i >= gap ? 8 - groups.Length + i : i;
            bits |= (UInt128)groups[i] << (112 - (16 * place));
        }

        return true;
    }

    private static bool TryParseOctet(ReadOnlySpan<char> text, out uint octet)
    {
        octet = 0;
        if (text.Length is 0 or > 3 || (text.Length > 1 && text[0] == '0') || text.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        foreach (var digit in text)
        {
            octet = (octet * 10) + (uint)(digit - '0');
        }

        return octet <= 255;
    }

    private static bool TryParseGroup(ReadOnlySpan<char> text, out ushort group)
    {
        group = 0;
        return text.Length is >= 1 and <= 4
            && ushort.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out group);
    }
}
